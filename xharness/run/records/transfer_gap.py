"""Compare the languages of a task: transfer gap, and means by family and by script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.metrics import transfer
from xharness.metrics.base import mean
from xharness.specs.tasks import Task


def transfer_gap(task: Task, languages: Sequence[str], scores: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return the transfer gap: the score of English minus the mean score of the other languages (Hu et al. 2020).

    `scores` maps a language to its headline metrics. In the result, `metrics` holds the gap of each metric and `value`
    their mean, in points; if there is no gap, `reason` says why.
    """
    english, others = transfer.english_and_others(tuple(languages))
    missing = sum(code not in scores for code in languages)
    gap: dict[str, Any] = {"value": None, "metrics": {}, "parallel": task.parallel, "note": None, "reason": None}
    if not english:
        return gap | {"reason": "English is not among the task's languages"}
    if not others:
        return gap | {"reason": "English is the task's only language"}
    if missing:
        return gap | {"reason": f"{missing} of {len(languages)} languages have no score"}
    for name in task.headline_names:
        values = {code: scores[code][name] for code in languages}
        gap["metrics"][name] = transfer.transfer_gap(languages, values)
    note = None if task.parallel else _not_parallel(task, languages)
    return gap | {"value": mean(list(gap["metrics"].values())), "note": note}


def _not_parallel(task: Task, languages: Sequence[str]) -> str:
    sizes = {task.sizes[code] for code in languages if code in task.sizes}
    differ = f" and have {min(sizes):,} to {max(sizes):,} examples" if len(sizes) > 1 else ""
    return f"the test sets are not translations of each other{differ}: part of the gap may come from the data"
