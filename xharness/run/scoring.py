"""The step that scores: stored predictions against gold, with confidence intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xharness.errors import StageError
from xharness.metrics.bootstrap import interval
from xharness.registry import Registry
from xharness.run.context import without_gold
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task


def predictions_of(kind: str, rows: Iterable[Mapping[str, Any]]) -> Any:
    """Turn the rows of a predictions file into the form that the metrics of a kind take."""
    if kind == "span-qa":
        return {row["id"]: row["prediction"] for row in rows}
    if kind == "bitext-mining":
        return [(row["source"], row["target"]) for row in rows]
    if kind in ("bitext-retrieval", "passage-retrieval"):
        return list(rows)
    return [row["prediction"] for row in rows]


def gold_of(task: Task, ref: DataRef, examples: Iterable[Mapping[str, Any]], limit: int | None) -> Any:
    """Return the gold of a split in the form of its kind; DataError where the split has none."""
    gold = task.kind.gold(examples)
    name = task.kind.name
    missing = {
        "classification": lambda: any(label is None for label in gold),
        "multiple-choice": lambda: any(label is None for label in gold),
        "tagging": lambda: not any(gold),
        "span-qa": lambda: not any(answers for _, answers in gold),
        "bitext-retrieval": lambda: any(line < 0 for line in gold),
        "bitext-mining": lambda: not gold,
        "passage-retrieval": lambda: not any(candidates for _, candidates in gold),
    }
    if missing[name]():
        raise without_gold(ref)
    return gold[:limit] if name in ("bitext-retrieval", "passage-retrieval") and limit else gold


def score(
    registry: Registry, task: Task, language: str, predictions: Any, gold: Any
) -> tuple[dict[str, dict[str, Any]], int, dict[str, Any]]:
    """Return the metrics of a cell ({value, ci95, signature} each), its n, and notes of the metrics.

    Every metric of the task is tried; StageError where its main one cannot be computed.
    """
    metrics: dict[str, dict[str, Any]] = {}
    notes: dict[str, Any] = {}
    n = 0
    for position, name in enumerate(task.metric_names):
        metric = registry.get("metrics", name)
        scored = metric.compute(predictions, gold, language)
        if position == 0:
            n = scored.n
            if not scored.values:
                raise StageError(f"metric '{name}' gives no value for {task.name} {language}")
        for key, value in scored.values.items():
            combine = (scored.combine or {}).get(key)
            ci95 = interval(scored.stats, combine) if scored.stats is not None and combine else None
            metrics[key] = {"value": value, "ci95": list(ci95) if ci95 else None, "signature": metric.signature}
        notes |= {key: value for key, value in (scored.notes or {}).items() if value}
    return metrics, n, notes
