"""Who is ahead of whom in a suite, and how sure that is."""

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

_EVERY_PAIR = 24  # entries; among more, each is compared with the first and the next only

Direction = bool | None


def rank(suite: str, ranked: Sequence[Averages], *, higher_is_better: bool) -> None:
    """Give each entry that is complete in a suite its rank, and the 95 % interval of it where there are replicates."""
    complete = [entry for entry in ranked if entry.suites[suite]["complete"]]
    values = [entry.suites[suite]["value"] for entry in complete]
    drawn = [entry.drawn.get((suite, None)) for entry in complete]
    places = statistics.ranks(values, higher_is_better=higher_is_better)
    bounds = statistics.rank_intervals(drawn, higher_is_better=higher_is_better)
    for entry, place, bound in zip(complete, places, bounds, strict=True):
        entry.suites[suite] |= {"rank": place, "rank95": None if bound is None else list(bound)}


def comparisons(suite: str, frame: Frame, entries: Sequence[tuple[str, Entry, Averages]]) -> list[dict[str, Any]]:
    """Return the paired differences of entries that were measured on the same examples, all corrected together.

    `entries` are ids, entries and averages, those that are ahead first.
    """
    counted = frame.counted(suite)
    values: dict[str, tuple[float, float]] = {}
    drawn, sizes = {}, {}
    pairs = _pairs(len(entries))
    for a, b in pairs:
        (_, one, ours), (_, other, theirs) = entries[a], entries[b]
        for task in (None, *counted):
            key = (suite, task)
            if (
                key in ours.drawn
                and key in theirs.drawn
                and _same(one, other, [task] if task else counted, frame.tasks, counted)
            ):
                name = f"{a} {b} {task or ''}"
                values[name] = (_value(ours, suite, task), _value(theirs, suite, task))
                drawn[name] = (ours.drawn[key], theirs.drawn[key])
                places = [(each, code) for each in ([task] if task else counted) for code in counted[each]]
                sizes[name] = min(one.basis[place][2] for place in places)
    found = statistics.compared(values, drawn, sizes)
    listed = []
    for a, b in pairs:
        tasks = {task: _row(found[f"{a} {b} {task}"]) for task in counted if f"{a} {b} {task}" in found}
        if tasks:
            listed.append({"a": entries[a][0], "b": entries[b][0], **_row(found.get(f"{a} {b} ")), "tasks": tasks})
    return listed


def _pairs(n: int) -> list[tuple[int, int]]:
    if n <= _EVERY_PAIR:
        return list(combinations(range(n), 2))
    return sorted({(0, place) for place in range(1, n)} | {(place, place + 1) for place in range(n - 1)})


def _same(
    one: Entry, other: Entry, tasks: Iterable[str], known: Mapping[str, Task], counted: Mapping[str, Sequence[str]]
) -> bool:
    """Say whether two entries were measured on the same examples, in the same way."""
    return not any(
        unlike(one.basis[task, code], other.basis[task, code], known[task].headline_names)
        for task in tasks
        for code in counted[task]
    )


def _value(averages: Averages, suite: str, task: str | None) -> float:
    own = averages.suites[suite]
    value: float = own["tasks"][task] if task else own["value"]
    return value


def _row(found: statistics.Difference | None) -> dict[str, Any]:
    if found is None:
        return {"difference": None, "ci95": None, "p": None, "p_holm": None}
    return {"difference": found.difference, "ci95": list(found.ci95), "p": found.p, "p_holm": found.p_holm}
