"""Compare two runs cell by cell on the same examples: significant differences, and cells that cannot be paired."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness import DataError, Suite, Task, few
from xharness.metrics.pairing import unlike
from xharness_leaderboard import statistics
from xharness_leaderboard.averages import averages_of
from xharness_leaderboard.cells import cells_of
from xharness_leaderboard.entries import Entry, TaskLanguage, merge, synthetic
from xharness_leaderboard.frame import Frame, framed
from xharness_leaderboard.records import Run

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.05


@dataclass(frozen=True)
class ComparedScore:
    """A cell of two runs, or an average: of a task if `language` is None, of a suite if `task` is None.

    `difference` is A minus B; it is None if it was not tested, then `reason` says why. `better` is `A` or `B` if the
    difference is significant after correction.
    """

    suite: str | None
    task: str | None
    language: str | None
    noise: Mapping[str, Any] | None
    a: float | None
    b: float | None
    reason: str | None = None
    difference: statistics.Difference | None = None
    better: str | None = None


@dataclass(frozen=True)
class Comparison:
    """The rows of two runs in the order of their suites; `errors` are their tasks with lower-is-better scores.

    `unread` says which files of replicates could not be read, `synthetic` whether the data of a run are synthetic.
    """

    rows: tuple[ComparedScore, ...]
    errors: tuple[str, ...]
    unread: tuple[Mapping[str, str], ...]
    synthetic: bool = False

    @property
    def tests(self) -> int:
        """Return the number of tests, for which the p-values are corrected."""
        return sum(row.difference is not None for row in self.rows)


def compare(
    a: Run,
    b: Run,
    tasks: Mapping[str, Task],
    suites: Mapping[str, Suite],
    errors: Collection[str] = (),
    toys: Collection[str] = (),
) -> Comparison:
    """Compare two runs; `tasks`, `suites`, `errors` and `toys` are those of `board.build`.

    Raises DataError if a results file contains cells of more than one recipe, source or way of a task.
    """
    sides = _by_noise(a), _by_noise(b)
    pairs = []
    for noise in sorted({*sides[0], *sides[1]}, key=lambda text: (text != "null", text)):
        entries = [side.get(noise, Entry({})) for side in sides]
        pairs.append(_Pair(json.loads(noise), entries, framed([a, b], entries, tasks, suites, errors)))
    rows = _tested([draft for pair in pairs for draft in pair.drafts()])
    low = sorted({row.task for row in rows if row.task in errors and row.task})
    return Comparison(
        tuple(rows),
        tuple(low),
        tuple(line for pair in pairs for line in pair.unread),
        any(synthetic(run, toys) for run in (a, b)),
    )


def _by_noise(run: Run) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for entry in merge([run])[0]:
        noise = json.dumps(entry.identity["noise"], sort_keys=True)
        if noise in entries:
            raise DataError.at(
                run.path, None, "cells of more than one recipe, source or way; a run must have one of each"
            )
        entries[noise] = entry
    return entries


@dataclass(frozen=True)
class _Draft:
    """A row before its test, the replicates of both runs, and whether higher is better."""

    row: ComparedScore
    drawn: Sequence[np.ndarray | None] = ()
    upward: bool = True
    n: int = 0


def _tested(drafts: Sequence[_Draft]) -> list[ComparedScore]:
    """Test all rows that can be tested, and correct the p-values for the number of tests."""
    pairs, drawn, sizes = {}, {}, {}
    for index, draft in enumerate(drafts):
        (one, other), row = draft.drawn or (None, None), draft.row
        if row.reason is None and row.a is not None and row.b is not None and one is not None and other is not None:
            pairs[str(index)], drawn[str(index)], sizes[str(index)] = (row.a, row.b), (one, other), draft.n
    differences = statistics.compared(pairs, drawn, sizes)
    rows = [draft.row for draft in drafts]
    for name, difference in differences.items():
        draft = drafts[int(name)]
        better = None
        if difference.p_holm < LEVEL:
            better = "A" if (difference.difference > 0) is draft.upward else "B"
        rows[int(name)] = replace(draft.row, difference=difference, better=better)
    return rows


class _Pair:
    """The entries of two runs with the same noise (or none)."""

    def __init__(self, noise: Mapping[str, Any] | None, entries: Sequence[Entry], frame: Frame) -> None:
        self.noise, self.frame = noise, frame
        self.basis = [entry.basis for entry in entries]
        self.cells = [cells_of(entry, frame, {}) for entry in entries]
        self.averages = [averages_of(cells, frame) for cells in self.cells]
        self.unread = [line for cells in self.cells for line in cells.unread]
        self.headlines = {name: set(task.headline_names) for name, task in frame.tasks.items()}

    def drafts(self) -> Iterator[_Draft]:
        """Yield the rows: for each task, in the order of the suites, its languages and its average; then the suites."""
        counted = {name: self.frame.counted(name) for name in self.frame.suites}
        measured = {task for cells in self.cells for task in cells.shown}
        for task in dict.fromkeys([*(task for tasks in counted.values() for task in tasks), *self.frame.tasks]):
            if task in measured:
                yield from self._task(task)
        for suite, tasks in counted.items():
            yield self._suite(suite, tasks)

    def _task(self, task: str) -> Iterator[_Draft]:
        codes = self.frame.languages(task)
        upward = task not in self.frame.errors
        every = dict.fromkeys([*codes, *(code for cells in self.cells for code in cells.shown.get(task, {}))])
        for code in every:
            if any(code in cells.shown.get(task, {}) for cells in self.cells):
                values = [cells.shown.get(task, {}).get(code, {}).get("value") for cells in self.cells]
                drawn = [cells.drawn.get((task, code)) for cells in self.cells]
                yield _Draft(
                    self._row(None, task, code, values, self._lack((task, code))),
                    drawn,
                    upward,
                    self._n([(task, code)]),
                )
        averages = [each.tasks.get(task, {"value": None, "missing": list(codes)}) for each in self.averages]
        reason = _missing([each["missing"] for each in averages])
        unpaired = [code for code in codes if self._lack((task, code))]
        reason = reason or (f"not paired: {few(unpaired)}" if unpaired else None)
        drawn = [statistics.mean([cells.drawn.get((task, code)) for code in codes]) for cells in self.cells]
        row = self._row(None, task, None, [each["value"] for each in averages], reason)
        yield _Draft(row, drawn, upward, self._n([(task, code) for code in codes]))

    def _suite(self, suite: str, counted: Mapping[str, Sequence[str]]) -> _Draft:
        averages = [each.suites[suite] for each in self.averages]
        upward = self.frame.upward(suite)
        reason = _missing([each["missing"] for each in averages])
        if upward is None:
            reason = "the suite mixes tasks with higher-is-better and lower-is-better scores"
        unpaired = [task for task, codes in counted.items() if any(self._lack((task, code)) for code in codes)]
        reason = reason or (f"not paired: {few(unpaired)}" if unpaired else None)
        drawn = [each.drawn.get((suite, None)) for each in self.averages]
        row = self._row(suite, None, None, [each["value"] for each in averages], reason)
        return _Draft(
            row, drawn, upward is not False, self._n([(t, code) for t, codes in counted.items() for code in codes])
        )

    def _n(self, keys: Sequence[TaskLanguage]) -> int:
        """Return the smallest number of examples of (task, language) pairs; 0 if one was not scored."""
        return min((self.basis[0][key].n if key in self.basis[0] else 0 for key in keys), default=0)

    def _row(
        self, suite: str | None, task: str | None, language: str | None, values: Sequence[Any], reason: str | None
    ) -> ComparedScore:
        return ComparedScore(suite, task, language, self.noise, values[0], values[1], reason)

    def _lack(self, key: TaskLanguage) -> str | None:
        """Return why a cell of both runs cannot be paired, None if it can."""
        for side, cells in zip("AB", self.cells, strict=True):
            cell = cells.shown.get(key[0], {}).get(key[1])
            if cell is None or cell["status"] != "ok":
                return f"{side}: {'not run' if cell is None else cell['reason']}"
        if reason := unlike(self.basis[0][key], self.basis[1][key], self.headlines[key[0]]):
            return reason
        lacking = [side for side, cells in zip("AB", self.cells, strict=True) if key not in cells.drawn]
        return f"no bootstrap replicates in {' and '.join(lacking)}" if lacking else None


def _missing(sides: Sequence[Sequence[str]]) -> str | None:
    one, other = map(few, sides)
    if one and one == other:
        return f"A and B lack {one}"
    return ", ".join(f"{side} lacks {names}" for side, names in zip("AB", (one, other), strict=True) if names) or None
