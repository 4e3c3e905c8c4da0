"""Published rows: tables of their own, and what was measured held against them where the models' names match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from xharness_leaderboard import published

AVERAGE = "avg"


def tables(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one table a benchmark: the averages of each published row, by task."""
    found: dict[str, dict[tuple[str, ...], dict[str, list[Any]]]] = {}
    tasks: dict[str, list[str]] = {}
    for row in board["published"]:
        if row["language"] == AVERAGE:
            key = tuple(str(row[part]) for part in ("model", "setting", "kind", "source"))
            found.setdefault(row["benchmark"], {}).setdefault(key, {}).setdefault(row["task"], []).append(row)
            tasks.setdefault(row["benchmark"], []).append(row["task"])
    return [
        {"benchmark": name, "tasks": _ordered(tasks[name], board), "rows": sorted(rows.items())}
        for name, rows in found.items()
    ]


def _ordered(tasks: Iterable[str], board: Mapping[str, Any]) -> list[str]:
    """Return each task once: those of the board in its order, then the others."""
    return sorted(set(tasks), key=lambda task: (task not in board["tasks"], [*board["tasks"], task].index(task), task))


def link(source: Mapping[str, Any] | None) -> str | None:
    """Return the address of a source where it is one that a page may link to."""
    url = str((source or {}).get("url") or "")
    return url if re.match(r"https?://", url) else None


def held(board: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return for each entry's id what was measured beside what was published; averages first."""
    links = {key: link(source) for key, source in board["sources"].items()}
    found = {}
    for entry in board["entries"]:
        lines = [
            line | {"entry": entry, "link": links.get(line["row"]["source"])}
            for line in published.against(entry, board)
        ]
        found[entry["id"]] = sorted(lines, key=lambda line: line["row"]["language"] != AVERAGE)
    return found
