"""Tables as plain text: the ranking of a board."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_NAME = 40


def ranking(board: Mapping[str, Any]) -> str:
    """Return a table for each suite: those that are ranked, then those that are not, with what they lack."""
    blocks = [_suite(board, name) for name in board["suites"]] or [_tasks(board)]
    counts = [f"{len(board['entries']):,} entries"]
    counts += [f"{len(board[key]):,} {key}" for key in ("conflicts", "refused") if board[key]]
    if board["made_up"]:
        counts.append("made-up examples: no measure of a model")
    return "\n\n".join([*blocks, ", ".join(counts)])


def _suite(board: Mapping[str, Any], suite: str) -> str:
    tasks = list(board["suites"][suite]["tasks"])
    entries = sorted(
        board["entries"], key=lambda each: (each["suites"][suite]["rank"] or len(board["entries"]) + 1, each["id"])
    )
    rows = []
    for entry in entries:
        own = entry["suites"][suite]
        values = [_number(own["tasks"][task]) for task in tasks]
        rows.append([_rank(own), *_who(entry), _number(own["value"]), _interval(own["ci95"]), *values])
    lines = [table(rows, ["rank", "model", "recipe", suite, "95 %", *tasks])]
    for entry in entries:
        missing = entry["suites"][suite]["missing"]
        if missing:
            lines.append(f"no rank: {' '.join(_who(entry))}, since these are incomplete: {', '.join(missing)}")
    return "\n".join(lines)


def _tasks(board: Mapping[str, Any]) -> str:
    tasks = list(board["tasks"])
    rows = []
    for entry in board["entries"]:
        values = [_number(entry["tasks"].get(task, {}).get("value")) for task in tasks]
        rows.append(["", *_who(entry), *values])
    return table(rows, ["", "model", "recipe", *tasks])


def _who(entry: Mapping[str, Any]) -> list[str]:
    return [_short(entry["model"]["reference"]), entry["recipe"]["name"]]


def _short(text: str) -> str:
    return text if len(text) <= _NAME else f"...{text[3 - _NAME :]}"


def _rank(own: Mapping[str, Any]) -> str:
    if own["rank"] is None:
        return "-"
    low, high = own["rank95"] or (None, None)
    return (
        f"{own['rank']}"
        if low is None
        else f"{own['rank']} ({low}-{high})"
        if low != high
        else f"{own['rank']} ({low})"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _interval(ci95: Sequence[float] | None) -> str:
    return "" if ci95 is None else f"{ci95[0]:.1f}-{ci95[1]:.1f}"


def table(rows: Sequence[Sequence[str]], header: Sequence[str], left: Collection[int] = (0, 1, 2)) -> str:
    """Return rows under a header, the columns `left` aligned to the left and the others to the right."""
    every = [header, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            text.ljust(wide) if column in left else text.rjust(wide)
            for column, (text, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    )
