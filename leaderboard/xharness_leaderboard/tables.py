"""Tables as plain text: the ranking of a board."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

from xharness import few
from xharness_leaderboard.approaches import apart, differ, sections, together
from xharness_leaderboard.site.index import tasks_outside
from xharness_leaderboard.site.names import labels
from xharness_leaderboard.unranked import why_unranked

_LONGEST = 40
_HEADER = ("rank", "model", "recipe")


def ranking(board: Mapping[str, Any]) -> str:
    """Return a table for each suite: ranked entries, then unranked ones with the reason.

    Entries without a cell in a suite are not in its table. Tasks in no suite have a table of their own.
    """
    blocks = [_suite(board, name) for name in board["suites"]]
    outside = tasks_outside(board)
    if outside:
        blocks.append(_tasks(board, outside))
    empty = [", ".join(_who(board)[entry["id"]]) for entry in board["entries"] if not entry["cells"]]
    if empty:
        blocks.append("\n".join(f"no cell on this board: {who}" for who in empty))
    number = len(board["entries"])
    counts = [f"{number:,} {'entry' if number == 1 else 'entries'}"]
    if conflicts := len(board["conflicts"]):
        counts.append(f"{conflicts:,} {'conflict' if conflicts == 1 else 'conflicts'}")
    if refused := len({line["file"] for line in board["refused"]}):
        counts.append(f"{refused:,} {'file' if refused == 1 else 'files'} refused or read in part")
    if together(board):
        counts.append("approaches are ranked together (--one-table)")
    if board["synthetic"]:
        counts.append("synthetic data: the scores do not measure a model")
    return "\n\n".join([*blocks, ", ".join(counts)])


def _suite(board: Mapping[str, Any], suite: str) -> str:
    """Return the tables of a suite: one for each approach that ranks apart."""
    every = _with_cells(board, list(board["suites"][suite]["tasks"]))
    blocks = sections(every, itemgetter("approach"), apart=apart(board) and bool(every))
    return "\n\n".join(_ranked(board, suite, entries) for _, entries in blocks)


def _ranked(board: Mapping[str, Any], suite: str, entries: Sequence[Mapping[str, Any]]) -> str:
    tasks, who = list(board["suites"][suite]["tasks"]), _who(board)
    rows, unranked = [], []
    for entry in sorted(entries, key=lambda each: (each["suites"][suite]["rank"] or math.inf, each["id"])):
        own = entry["suites"][suite]
        values = [_number(own["tasks"][task]) for task in tasks]
        row = [_rank(own), *who[entry["id"]], *_approach(board, entry)]
        rows.append([*row, _number(own["value"]), _interval(own["ci95"]), *values])
        if reason := why_unranked(board, suite, entry):
            unranked.append(f"not ranked: {', '.join(who[entry['id']])}: {reason}")
    header = [*_HEADER, *_approach(board, {"approach": "approach"})]
    return "\n".join([table(rows, [*header, suite, "95 %", *tasks], range(len(header))), *unranked])


def _approach(board: Mapping[str, Any], entry: Mapping[str, Any]) -> list[str]:
    return [entry.get("approach", "")] if differ(board) else []


def _tasks(board: Mapping[str, Any], tasks: Sequence[str]) -> str:
    """Return the table of tasks in no suite; entries are not ranked by them."""
    who, rows, incomplete = _who(board), [], []
    for entry in _with_cells(board, tasks):
        values = [_number(entry["tasks"].get(task, {}).get("value")) for task in tasks]
        rows.append(["-", *who[entry["id"]], *_approach(board, entry), *values])
        for task in tasks:
            if missing := entry["tasks"].get(task, {}).get("missing"):
                name = ", ".join(who[entry["id"]])
                incomplete.append(f"no average: {name}: {task}: missing {few(missing)}")
    header = [*_HEADER, *_approach(board, {"approach": "approach"})]
    shown = table(rows, [*header, *tasks], range(len(header)))
    note = "not ranked: no suite of this board has these tasks; build it with --task to rank them"
    return "\n".join([shown, note, *incomplete])


def _with_cells(board: Mapping[str, Any], tasks: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the entries with a cell in one of the tasks."""
    return [entry for entry in board["entries"] if not entry["cells"].keys().isdisjoint(tasks)]


def _who(board: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return a short, unique pair of model and recipe for each entry."""
    names = labels(board["entries"])
    pairs = {
        id: (_short(each["name"]), _short(each["recipe"], each["ways"], each["noise"])) for id, each in names.items()
    }
    counts = Counter(pairs.values())
    return {
        id: pair if counts[pair] == 1 else (f"{pair[0]} {id.rpartition('-')[2]}", pair[1]) for id, pair in pairs.items()
    }


def _short(*words: str) -> str:
    text = " ".join(word for word in words if word)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _rank(own: Mapping[str, Any]) -> str:
    if own["rank"] is None:
        return "-"
    if own["rank95"] is None:
        return str(own["rank"])
    low, high = own["rank95"]
    return f"{own['rank']} ({low}-{high})" if low < high else f"{own['rank']} ({low})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _interval(ci95: Sequence[float] | None) -> str:
    return "" if ci95 is None else f"{ci95[0]:.1f}-{ci95[1]:.1f}"


def table(rows: Sequence[Sequence[str]], header: Sequence[str], left: Collection[int] = (0, 1, 2)) -> str:
    """Return a table with a header; the columns `left` are aligned left, the others right."""
    every = [header, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            text.ljust(wide) if column in left else text.rjust(wide)
            for column, (text, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    )
