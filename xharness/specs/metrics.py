"""What a metric declares, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The scores of one set of predictions.

    `values` are on the 0 to 100 scale, unrounded; the first key is the metric's main value. `n` counts the units
    scored (examples, sentences, questions). `stats` holds one row of sufficient statistics a unit and `combine`
    maps summed rows, shape (resamples, columns), to values, shape (resamples,), one entry a key of `values` that
    has an interval; the bootstrap uses both. `notes` has what a reader should know, for example unanswered ids.
    """

    values: Mapping[str, float]
    n: int
    stats: np.ndarray | None = None
    combine: Mapping[str, Callable[[np.ndarray], np.ndarray]] | None = None
    notes: Mapping[str, Any] | None = None


class _Compute(Protocol):
    def __call__(self, predictions: Any, gold: Any, language: str) -> Scored: ...


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric plugin: `compute(predictions, gold, language)` in the forms of its kind.

    The forms: classification, two lists of label names; multiple-choice, two lists of indices; tagging, two lists of
    lists of tags; span-qa, a mapping from question id to answer text and a list of (id, gold texts);
    bitext-retrieval, a list of {"prediction": line, "reverse": line or None} and a list of gold lines; bitext-mining,
    a list of (source id, target id) and a list of gold pairs; passage-retrieval, a list of {"id", "prediction": the
    best candidates' ids, "ranks": the ranks of the gold candidates among all, from 1, or None} and a list of (id,
    gold candidates' ids); ranking, the same; generation, the rows of predictions and the examples. `signature` states
    how the number is computed, for example `accuracy|v:1`. `correct` names the value that is the share of units that
    are right, such as `exact_match`; empty if a unit is more or less right.
    """

    name: str
    kinds: tuple[str, ...]
    compute: _Compute
    signature: str
    summary: str = ""
    higher_is_better: bool = True
    correct: str = ""
    api: int = 1
