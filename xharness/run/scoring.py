"""Score stored predictions against gold, with confidence intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.errors import StageError
from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval, replicates
from xharness.registry import Registry
from xharness.run.context import without_gold
from xharness.specs.metrics import Metric, Scored
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.ways import signed

if TYPE_CHECKING:
    import numpy as np

_HALF = 50


def gold_of(task: Task, ref: DataRef, examples: Iterable[Mapping[str, Any]], limit: int | None) -> Any:
    """Return the gold of a split in the form of its kind; DataError if the split has none."""
    gold = task.kind.gold(examples)
    if not task.kind.has_gold(gold, task):
        raise without_gold(ref)
    return gold[:limit] if task.kind.limit == "queries" and limit else gold


@dataclass(frozen=True)
class Score:
    """The scores of a cell: metrics ({value, ci95, signature} each), the number of scored units, notes of the metrics.

    `replicates` are the bootstrap replicates of the headline metrics, float32, shape (metrics, resamples); None if one
    of the metrics has none. `correct` says of each unit whether it is right, bool, shape (n,); None if no metric of the
    task says it.
    """

    metrics: dict[str, dict[str, Any]]
    n: int
    notes: dict[str, Any]
    replicates: np.ndarray | None
    correct: np.ndarray | None


def score(
    registry: Registry, task: Task, way: Mapping[str, Any] | None, language: str, rows: Iterable[Row], gold: Any
) -> Score:
    """Score the rows of predictions with every metric of a task; StageError if the first metric returns no value.

    Signatures include the way of the predictions if it is not the native one. The note `flaws` counts the answers that
    could not be used, the note `cut_contexts` the examples of which the model did not read all.
    """
    flaws: Counter[str] = Counter()
    cut: Counter[str] = Counter()
    predictions = task.kind.predictions(_counted(rows, flaws, cut))
    metrics: dict[str, dict[str, Any]] = {}
    notes: dict[str, Any] = ({"flaws": dict(flaws)} if flaws else {}) | cut
    drawn: dict[str, np.ndarray] = {}
    n = 0
    correct = None
    for position, name in enumerate(task.metric_names):
        metric = registry.get("metrics", name)
        scored = metric.compute(predictions, gold, language)
        if position == 0:
            n = scored.n
            if not scored.values:
                raise StageError(f"{task.name} {language}: metric '{name}' returned no value")
        own = replicates(scored.stats, scored.combine) if scored.stats is not None and scored.combine else {}
        drawn |= own
        correct = _correct(metric, scored) if correct is None else correct
        for key, value in scored.values.items():
            ci95 = list(interval(own[key])) if key in own else None
            metrics[key] = {"value": value, "ci95": ci95, "signature": signed(metric.signature, way)}
        notes |= {key: value for key, value in (scored.notes or {}).items() if value}
    return Score(metrics, n, notes, _headline(task, drawn), correct)


def _counted(rows: Iterable[Row], flaws: Counter[str], cut: Counter[str]) -> Iterator[Row]:
    """Yield rows, and count the flaws that they name and the contexts that were cut."""
    for row in rows:
        if row.get("shortened"):
            cut["cut_contexts"] += 1
        if "flaw" in row:
            flaws[row["flaw"]] += 1
        yield row


def _correct(metric: Metric, scored: Scored) -> np.ndarray | None:
    """Return which units are right: the value that a metric names, of each unit alone, is 100."""
    share = (scored.combine or {}).get(metric.correct)
    return None if share is None or scored.stats is None else share(scored.stats) > _HALF


def headline(registry: Registry, task: Task, language: str, predictions: Any, gold: Any) -> float:
    """Return the mean of a task's headline values, which selects a checkpoint; negated if lower is better."""
    values: dict[str, float] = {}
    errors = False
    for name in task.metric_names:
        metric = registry.get("metrics", name)
        errors = errors or not metric.higher_is_better
        values |= metric.compute(predictions, gold, language).values
        if values.keys() >= set(task.headline_names):
            break
    value = mean([values[name] for name in task.headline_names])
    return -value if errors else value


def _headline(task: Task, drawn: Mapping[str, np.ndarray]) -> np.ndarray | None:
    import numpy as np

    if any(name not in drawn for name in task.headline_names):
        return None
    return np.stack([drawn[name] for name in task.headline_names]).astype(np.float32)
