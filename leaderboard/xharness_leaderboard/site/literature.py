"""Published scores: separate tables, and the comparison with measured scores of the same models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from xharness_leaderboard import published

AVERAGE = "avg"


def tables(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one table per benchmark: the published averages by task."""
    benchmarks: dict[str, dict[tuple[str, ...], dict[str, list[Any]]]] = {}
    tasks: dict[str, list[str]] = {}
    for row in board["published"]:
        if row["language"] == AVERAGE:
            key = tuple(str(row[part]) for part in ("model", "setting", "kind", "source"))
            benchmarks.setdefault(row["benchmark"], {}).setdefault(key, {}).setdefault(row["task"], []).append(row)
            tasks.setdefault(row["benchmark"], []).append(row["task"])
    return [
        {"benchmark": name, "tasks": _ordered(tasks[name], board), "rows": sorted(rows.items())}
        for name, rows in benchmarks.items()
    ]


def _ordered(tasks: Iterable[str], board: Mapping[str, Any]) -> list[str]:
    """Return the distinct tasks: those of the board in its order, then the others."""
    return sorted(set(tasks), key=lambda task: (task not in board["tasks"], [*board["tasks"], task].index(task), task))


def link(source: Mapping[str, Any] | None) -> str | None:
    """Return the http(s) address of a source, None if it has none."""
    url = str((source or {}).get("url") or "")
    return url if re.match(r"https?://", url) else None


def comparisons(board: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the comparisons of measured and published scores by entry id; averages first."""
    links = {key: link(source) for key, source in board["sources"].items()}
    by_entry = {}
    for entry in board["entries"]:
        lines = [
            line | {"entry": entry, "link": links.get(line["row"]["source"])}
            for line in published.against(entry, board)
        ]
        by_entry[entry["id"]] = sorted(lines, key=lambda line: line["row"]["language"] != AVERAGE)
    return by_entry
