"""The approach of an entry: whether its scores are of a fine-tuned head, of words, or of vectors as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from xharness import Task
from xharness_leaderboard.entries import Entry

Ranked = TypeVar("Ranked")
FINE_TUNED, PROMPTED, EMBEDDED, MIXED = APPROACHES = ("fine-tuned", "prompted", "embedded", "mixed")
ABOUT: Mapping[str, str] = {
    FINE_TUNED: "a head, or vectors, trained on examples of the tasks",
    PROMPTED: "asked in words",
    EMBEDDED: "vectors of the checkpoint as it is",
    MIXED: "a trained head for some tasks, others asked in words",
}


def approach_of(entry: Entry, tasks: Mapping[str, Task]) -> str:
    """Return the approach of an entry: that of its scored cells, of all its cells if none is scored.

    Vectors decide only for an entry without any other cell: nearly all suites have a task of retrieval.
    """
    records = [(task, each.record) for (task, _), by_seed in entry.cells.items() for each in by_seed.values()]
    scored = [(task, record) for task, record in records if record["status"] == "ok"]
    found = {_approach(record, tasks[task]) for task, record in scored or records if task in tasks}
    if found >= {FINE_TUNED, PROMPTED}:
        return MIXED
    return next((approach for approach in APPROACHES if approach in found), FINE_TUNED)


def _approach(record: Mapping[str, Any], task: Task) -> str:
    if record.get("way") is not None:
        return PROMPTED
    return EMBEDDED if task.kind.search is not None and not record.get("trained_on") else FINE_TUNED


def apart(board: Mapping[str, Any]) -> bool:
    """Return whether the approaches of a board rank apart; boards of schema 1.1 and older have one ranking."""
    return board.get("one_table") is False


def differ(board: Mapping[str, Any]) -> bool:
    """Return whether the approach of entries is displayed: some entry is not fine-tuned."""
    return any(entry.get("approach", FINE_TUNED) != FINE_TUNED for entry in board["entries"])


def together(board: Mapping[str, Any]) -> bool:
    """Return whether several approaches have one ranking because the user asked for it."""
    return board.get("one_table") is True and len({entry.get("approach") for entry in board["entries"]}) > 1


def sections(
    rows: Sequence[Ranked], approach: Callable[[Ranked], str | None], *, apart: bool
) -> Iterator[tuple[str | None, list[Ranked]]]:
    """Yield the rows that rank together with their approach, in the order of `APPROACHES`; None: of all approaches."""
    if not apart:
        yield None, list(rows)
        return
    for name in APPROACHES:
        if own := [row for row in rows if approach(row) == name]:
            yield name, own
