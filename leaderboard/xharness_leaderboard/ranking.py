"""Ranks of entries in a suite, and tests of their differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from xharness import Task
from xharness.metrics.pairing import unlike
from xharness_leaderboard import statistics
from xharness_leaderboard.averages import Averages
from xharness_leaderboard.entries import Entry
from xharness_leaderboard.frame import Frame

_EVERY_PAIR = 24  # with more entries, each is compared only with the first and the next one

Direction = bool | None


def rank(suite: str, ranked: Sequence[Averages], *, higher_is_better: bool) -> None:
    """Set the rank of each entry that is complete in a suite, and the 95 % interval of the rank if available."""
    complete = [entry for entry in ranked if entry.suites[suite]["complete"]]
    values = [entry.suites[suite]["value"] for entry in complete]
    drawn = [entry.drawn.get((suite, None)) for entry in complete]
    positions = statistics.ranks(values, higher_is_better=higher_is_better)
    bounds = statistics.rank_intervals(drawn, higher_is_better=higher_is_better)
    for entry, position, bound in zip(complete, positions, bounds, strict=True):
        entry.suites[suite] |= {"rank": position, "rank95": None if bound is None else list(bound)}


def comparisons(suite: str, frame: Frame, entries: Sequence[tuple[str, Entry, Averages]]) -> list[dict[str, Any]]:
    """Return the paired differences of entries measured on the same examples, corrected for all tests of the suite.

    `entries` are (id, entry, averages), in order of rank.
    """
    counted = frame.counted(suite)
    values: dict[str, tuple[float, float]] = {}
    drawn, sizes = {}, {}
    pairs = _pairs(len(entries))
    for a, b in pairs:
        (_, one, averages), (_, other, other_averages) = entries[a], entries[b]
        for task in (None, *counted):
            key = (suite, task)
            if (
                key in averages.drawn
                and key in other_averages.drawn
                and _same(one, other, [task] if task else counted, frame.tasks, counted)
            ):
                name = f"{a} {b} {task or ''}"
                values[name] = (_value(averages, suite, task), _value(other_averages, suite, task))
                drawn[name] = (averages.drawn[key], other_averages.drawn[key])
                keys = [(each, code) for each in ([task] if task else counted) for code in counted[each]]
                sizes[name] = min(one.basis[key].n for key in keys)
    tests = statistics.compared(values, drawn, sizes)
    rows = []
    for a, b in pairs:
        tasks = {task: _row(tests[f"{a} {b} {task}"]) for task in counted if f"{a} {b} {task}" in tests}
        if tasks:
            rows.append({"a": entries[a][0], "b": entries[b][0], **_row(tests.get(f"{a} {b} ")), "tasks": tasks})
    return rows


def _pairs(n: int) -> list[tuple[int, int]]:
    if n <= _EVERY_PAIR:
        return list(combinations(range(n), 2))
    return sorted({(0, index) for index in range(1, n)} | {(index, index + 1) for index in range(n - 1)})


def _same(
    one: Entry, other: Entry, tasks: Iterable[str], known: Mapping[str, Task], counted: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether two entries were measured on the same examples in the same way."""
    return not any(
        unlike(one.basis[task, code], other.basis[task, code], known[task].headline_names)
        for task in tasks
        for code in counted[task]
    )


def _value(averages: Averages, suite: str, task: str | None) -> float:
    own = averages.suites[suite]
    value: float = own["tasks"][task] if task else own["value"]
    return value


def _row(test: statistics.Difference | None) -> dict[str, Any]:
    if test is None:
        return {"difference": None, "ci95": None, "p": None, "p_holm": None}
    return {"difference": test.difference, "ci95": list(test.ci95), "p": test.p, "p_holm": test.p_holm}
