"""Shared by the metrics: the type of a result, and arithmetic of percentages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Combine = Mapping[str, "Callable[[np.ndarray], np.ndarray]"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The result of a metric on one split in one language; the fields are those of `xharness.Scored`."""

    values: Mapping[str, float]
    n: int
    stats: np.ndarray | None = None
    combine: Combine | None = None
    notes: Mapping[str, Any] | None = None


def total(numbers: Iterable[float]) -> float:
    """Return the sum of numbers, added in order.

    `sum` compensates rounding errors from Python 3.12 on, so that its last bit can differ from the official evaluator.
    """
    result: float = 0
    for number in numbers:
        result += number
    return result


def id_notes(predicted: Mapping[str, Any], gold: Sequence[str]) -> dict[str, list[str]]:
    """Return mismatched ids: `unanswered` gold ids, `unknown` predicted ids, and `repeated_questions` of the gold.

    Keys without ids are omitted.
    """
    ids = Counter(gold)
    notes = {
        "unanswered": [name for name in ids if name not in predicted],
        "unknown": [name for name in predicted if name not in ids],
        "repeated_questions": [name for name, count in ids.items() if count > 1] if len(ids) < len(gold) else [],
    }
    return {name: value for name, value in notes.items() if value}


def mean(numbers: Iterable[float]) -> float:
    """Return the mean of numbers, added in order."""
    values = list(numbers)
    return total(values) / len(values)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return 100 * part / whole per element, 0 where whole is 0."""
    import numpy as np

    shares: np.ndarray = 100.0 * np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
    return shares


def share(key: str) -> Combine:
    """Return the combination of (hits, units) rows into a percentage named `key`."""
    return {key: lambda sums: ratio(sums[:, 0], sums[:, 1])}


OVERLAP: Combine = {
    "f1": lambda sums: ratio(2.0 * sums[:, 0], sums[:, 1] + sums[:, 2]),
    "precision": lambda sums: ratio(sums[:, 0], sums[:, 1]),
    "recall": lambda sums: ratio(sums[:, 0], sums[:, 2]),
}
"""The combination of (correct, predicted, gold) counts into F1, precision and recall."""
