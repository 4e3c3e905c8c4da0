"""The averages of an entry: of a task over all its languages, of a suite over all its tasks; none if incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import Suite
from xharness.metrics.base import mean
from xharness.metrics.transfer import means_by, transfer_gap
from xharness_leaderboard import statistics
from xharness_leaderboard.cells import BoardCell, Cells
from xharness_leaderboard.frame import Frame

if TYPE_CHECKING:
    import numpy as np

_WORST = 3  # languages


@dataclass(frozen=True)
class Averages:
    """The averages of an entry, as in leaderboard.json, and their bootstrap replicates.

    `drawn` are the replicates of complete averages by suite and task; task None is the average of the suite.
    """

    tasks: dict[str, dict[str, Any]]
    suites: dict[str, dict[str, Any]]
    drawn: dict[tuple[str, str | None], np.ndarray] = field(default_factory=dict)


def averages_of(cells: Cells, frame: Frame) -> Averages:
    """Return the averages of an entry's cells."""
    known: dict[tuple[str, tuple[str, ...]], tuple[dict[str, Any], np.ndarray | None]] = {}

    def task(name: str, languages: tuple[str, ...]) -> tuple[dict[str, Any], np.ndarray | None]:
        if (name, languages) not in known:  # most suites use the same languages
            known[name, languages] = _task(name, languages, cells, higher_is_better=name not in frame.errors)
        return known[name, languages]

    averages = Averages({name: task(name, frame.languages(name))[0] for name in cells.shown}, {})
    for name, suite in frame.suites.items():
        parts = {each: task(each, languages) for each, languages in frame.counted(name).items()}
        averages.suites[name] = _suite(suite, {each: part for each, (part, _) in parts.items()})
        by_task = {each: rows for each, (_, rows) in parts.items()}
        rows, shares = list(by_task.values()), suite.shares
        drawn = statistics.weighted(by_task, shares) if shares else statistics.mean(rows)
        averages.drawn.update({(name, each): own for each, own in by_task.items() if own is not None})
        if drawn is not None and averages.suites[name]["complete"]:
            averages.drawn[name, None] = drawn
            averages.suites[name]["ci95"] = _listed(statistics.interval(drawn))
    return averages


def _task(
    name: str, languages: Sequence[str], cells: Cells, *, higher_is_better: bool
) -> tuple[dict[str, Any], np.ndarray | None]:
    """Return the average of a task, as in leaderboard.json, and its replicates."""
    shown = cells.shown.get(name, {})
    ok = {code: shown[code] for code in languages if code in shown and shown[code]["status"] == "ok"}
    values = {code: cell["value"] for code, cell in ok.items()}
    complete = len(ok) == len(languages)
    scored = list(ok.values()) if complete else []
    drawn = statistics.mean([cells.drawn.get((name, code)) for code in languages]) if scored and cells.drawn else None
    return {
        "value": mean(list(values.values())) if complete else None,
        "ci95": _listed(statistics.interval(drawn)),
        "spread": _spread(scored) if complete else None,
        "metrics": _metrics(scored) if complete else {},
        "complete": complete,
        "missing": [] if complete else [code for code in languages if code not in ok],
        "transfer_gap": transfer_gap(languages, values),
        "by_family": means_by("family", languages, values),
        "by_script": means_by("script", languages, values),
        "worst": _worst(languages, values, higher_is_better=higher_is_better),
    }, drawn


def _worst(languages: Sequence[str], values: Mapping[str, float], *, higher_is_better: bool) -> list[str]:
    """Return the languages with the worst values, at most three, worst first."""
    scored = [code for code in languages if code in values]
    return sorted(scored, key=values.__getitem__, reverse=not higher_is_better)[:_WORST]


def _metrics(cells: Sequence[BoardCell]) -> dict[str, float]:
    scores = [cell["metrics"] for cell in cells]
    names = [name for name in scores[0] if all(name in each for each in scores)]
    return {name: mean([each[name] for each in scores]) for name in names}


def _spread(cells: Sequence[BoardCell]) -> float | None:
    """Return the standard deviation of the task score over seeds, None for one seed."""
    seeds = cells[0]["seeds"]
    return (
        statistics.spread([mean([cell["seeds"][seed] for cell in cells]) for seed in seeds]) if len(seeds) > 1 else None
    )


def _suite(suite: Suite, tasks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    missing = [name for name, task in tasks.items() if not task["complete"]]
    groups: dict[str, dict[str, Any]] = {}
    for group, names in suite.groups.items():
        group_missing = [name for name in names if name in missing]
        value = None if group_missing else mean([tasks[name]["value"] for name in names])
        groups[group] = {"value": value, "complete": not group_missing, "missing": group_missing}
    partition = sorted(name for names in suite.groups.values() for name in names) == sorted(tasks)
    return {
        "value": None if missing else suite.average({name: task["value"] for name, task in tasks.items()}),
        "ci95": None,
        "complete": not missing,
        "missing": missing,
        "tasks": {name: task["value"] for name, task in tasks.items()},
        "groups": groups,
        "category_mean": mean([group["value"] for group in groups.values()]) if partition and not missing else None,
        "rank": None,
        "rank95": None,
    }


def _listed(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)
