"""Tables as plain text: the ranking of a board."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from xharness_leaderboard.site.names import labels

_LONGEST = 40


def ranking(board: Mapping[str, Any]) -> str:
    """Return a table for each suite: ranked entries, then unranked ones with their incomplete tasks."""
    blocks = [_suite(board, name) for name in board["suites"]] or [_tasks(board)]
    number = len(board["entries"])
    counts = [f"{number:,} {'entry' if number == 1 else 'entries'}"]
    counts += [f"{len(board[key]):,} {key}" for key in ("conflicts", "refused") if board[key]]
    if board["synthetic"]:
        counts.append("synthetic data: the scores do not measure a model")
    return "\n\n".join([*blocks, ", ".join(counts)])


def _suite(board: Mapping[str, Any], suite: str) -> str:
    tasks, who = list(board["suites"][suite]["tasks"]), _who(board)
    entries = sorted(board["entries"], key=lambda each: (each["suites"][suite]["rank"] or math.inf, each["id"]))
    rows, unranked = [], []
    for entry in entries:
        own = entry["suites"][suite]
        values = [_number(own["tasks"][task]) for task in tasks]
        rows.append([_rank(own), *who[entry["id"]], _number(own["value"]), _interval(own["ci95"]), *values])
        if own["missing"]:
            unranked.append(f"not ranked: {', '.join(who[entry['id']])}: incomplete tasks: {', '.join(own['missing'])}")
    return "\n".join([table(rows, ["rank", "model", "recipe", suite, "95 %", *tasks]), *unranked])


def _tasks(board: Mapping[str, Any]) -> str:
    tasks, who = list(board["tasks"]), _who(board)
    rows = []
    for entry in board["entries"]:
        values = [_number(entry["tasks"].get(task, {}).get("value")) for task in tasks]
        rows.append(["-", *who[entry["id"]], *values])
    return table(rows, ["rank", "model", "recipe", *tasks])


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
