"""Checks of a source: fingerprints, rows, and what it says of data that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from xharness.errors import BadRequest, DataError, few, reason_of
from xharness.specs.sources import Source
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed
from xharness.testing.examples import samples
from xharness.testing.params import parameters_are_sound

_NO_SPLIT = "no-such-split"
_FEW = 5


def rows_have_the_columns(source: Source, bench: Bench) -> Iterator[Problem]:
    """A split has the columns of the kind of its task, and at least one row."""
    task, rows = _readable(source, bench)
    lacking = [name for name in task.kind.columns if name not in rows.column_names]
    if lacking:
        yield failed(f"task '{task.name}': the split has no column {few(lacking)}; return every column of the kind")
    if not len(rows):
        yield failed(f"task '{task.name}': the split has no rows; raise DataError")


def loading_repeats(source: Source, bench: Bench) -> Iterator[Problem]:
    """Loading a split again gives the same rows in the same order."""
    task, rows = _readable(source, bench)
    again = source.load(task, task.languages[0], task.test_split, bench.options(source.name))
    if list(rows) != list(again):
        yield failed(f"task '{task.name}': rows differ between two loads; sort files, and draw with a fixed seed")


def fingerprints_name_the_content(source: Source, bench: Bench) -> Iterator[Problem]:
    """The fingerprint of a split is the same each time, and another one for another split or language."""
    task, _ = _readable(source, bench)
    options = bench.options(source.name)
    one, again = (source.fingerprint(task, task.languages[0], task.test_split, options) for _ in range(2))
    if not isinstance(one, str) or not one or one != again:
        yield failed(
            f"task '{task.name}': the fingerprint is {one!r}, then {again!r}; derive it from the content alone"
        )
    for language in task.languages[1:2]:
        try:
            other = source.fingerprint(task, language, task.test_split, options)
        except (DataError, BadRequest):
            continue
        if other == one:
            yield failed(f"task '{task.name}': two languages have the same fingerprint {one!r}; add the language")


def missing_data_are_refused(source: Source, bench: Bench) -> Iterator[Problem]:
    """A split that does not exist raises DataError or BadRequest, from `fingerprint` and from `load`."""
    task, _ = _readable(source, bench)
    functions: tuple[tuple[str, Any], ...] = (("fingerprint", source.fingerprint), ("load", source.load))
    for name, function in functions:
        try:
            function(task, task.languages[0], _NO_SPLIT, bench.options(source.name))
        except (DataError, BadRequest):
            continue
        except Exception as error:  # noqa: BLE001 - it is the finding
            problem = f"raises {type(error).__name__}: {reason_of(error)}"
        else:
            problem = "returns a value"
        yield failed(f"`{name}` {problem} for the split '{_NO_SPLIT}'; raise DataError with task, language and split")


def written_rows_are_read_back(source: Source, bench: Bench) -> Iterator[Problem]:
    """With `write`, rows that are written below a folder are the same when they are loaded from there."""
    if source.write is None:
        raise Skip("the source only reads")
    task = next(
        (task for task in bench.registry.all("tasks") if task.data_for(source.name) and _has(task, bench)), None
    )
    if task is None:
        raise Skip(f"no task that declares data for '{source.name}' has examples on this machine")
    sample = samples(task, bench)[0]
    rows, root = sample.rows[:_FEW], bench.folder / f"written-{source.name}"
    source.write(task, sample.language, task.test_split, rows, root)
    options = replace(bench.options(source.name), root=root)
    again = list(source.load(task, sample.language, task.test_split, options))
    if again != rows:
        yield failed(
            f"task '{task.name}': the rows read back differ from those written; `write` must keep every column"
        )


def _has(task: Task, bench: Bench) -> bool:
    try:
        return bool(samples(task, bench))
    except Skip:
        return False


def _readable(source: Source, bench: Bench) -> tuple[Task, Any]:
    """Return the first task that a source has, and its test split; `Skip` if it has none here."""
    found: tuple[Task, Any] = bench.once(("readable", source.name), lambda: _first(source, bench))
    return found


def _first(source: Source, bench: Bench) -> tuple[Task, Any]:
    reasons = []
    tasks = sorted(
        bench.registry.all("tasks"), key=lambda task: (task.data_for(source.name) is None, len(task.languages) == 1)
    )
    for task in tasks[:_FEW]:
        try:
            return task, source.load(task, task.languages[0], task.test_split, bench.options(source.name))
        except (DataError, BadRequest) as error:
            reasons.append(str(error))
    raise Skip(f"it has no task's data on this machine: {few(reasons, 1)}")


CHECKS = checks(
    "sources",
    rows_have_the_columns,
    loading_repeats,
    fingerprints_name_the_content,
    missing_data_are_refused,
    written_rows_are_read_back,
    parameters_are_sound,
)
