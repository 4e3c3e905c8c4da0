"""What a task's languages have in common and apart: transfer gap, and means of families and scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xharness.languages import LANGUAGES, Language, canonical
from xharness.metrics.base import mean
from xharness.specs.tasks import Task


def transfer_gap(task: Task, languages: Sequence[str], scores: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return how far the other languages stay behind English: its score minus the mean of theirs (Hu et al. 2020).

    `scores` maps a language to its headline metrics. `metrics` holds the gap of each, `value` their mean, in points;
    both are without a value where `reason` says why.
    """
    english = [code for code in languages if canonical(code) == "en"]
    others = [code for code in languages if code not in english]
    missing = sum(code not in scores for code in languages)
    gap: dict[str, Any] = {"value": None, "metrics": {}, "parallel": task.parallel, "note": None, "reason": None}
    if not english:
        return gap | {"reason": "English is not among the task's languages"}
    if not others:
        return gap | {"reason": "English is the task's only language"}
    if missing:
        return gap | {"reason": f"{missing} of {len(languages)} languages have no score"}
    for name in task.headline_names:
        theirs, ours = ([scores[code][name] for code in codes] for codes in (others, english))
        gap["metrics"][name] = mean(ours) - mean(theirs)
    note = None if task.parallel else _apart(task, languages)
    return gap | {"value": mean(list(gap["metrics"].values())), "note": note}


def _apart(task: Task, languages: Sequence[str]) -> str:
    sizes = {task.sizes[code] for code in languages if code in task.sizes}
    differ = f", of {min(sizes):,} to {max(sizes):,} examples" if len(sizes) > 1 else ""
    return f"the test sets are not translations of each other{differ}: part of the gap may be theirs"


def means_by(
    place: Callable[[Language], str], languages: Sequence[str], scores: Mapping[str, Mapping[str, float]]
) -> dict[str, float | None]:
    """Return the mean score of the languages in each place, as a family; None where one of them has no score.

    A language's score is the mean of its headline metrics. Languages outside the table are in no place.
    """
    groups: dict[str, list[str]] = {}
    for code in languages:
        if known := LANGUAGES.get(canonical(code)):
            groups.setdefault(place(known), []).append(code)
    return {
        name: mean([mean(list(scores[code].values())) for code in codes]) if scores.keys() >= set(codes) else None
        for name, codes in sorted(groups.items())
    }
