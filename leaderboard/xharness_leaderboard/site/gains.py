"""What a recipe or a noise changes: entries held against those that differ from them in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xharness_leaderboard.site.names import sameness

BASE = "zero-shot"
INTERMEDIATE = "intermediate"


def intermediate(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what each intermediate recipe gains over zero-shot of the same model, by task; the largest first."""
    plain: dict[str, list[Any]] = {}
    for entry in board["entries"]:
        if entry["recipe"]["name"] == BASE:
            plain.setdefault(sameness(entry, "recipe"), []).append(entry)
    found = []
    for entry in board["entries"]:
        if entry["recipe"]["name"].startswith(INTERMEDIATE) and entry["noise"] is None:
            bases = plain.get(sameness(entry, "recipe"), ())
            found += _against(entry, max(bases, key=lambda base: _alike(entry, base), default=None), board)
    return sorted(found, key=lambda row: -(row["mean"] if row["mean"] is not None else float("-inf")))


def _alike(entry: Mapping[str, Any], base: Mapping[str, Any]) -> int:
    """Return how many parameters of two recipes are equal."""
    params = entry["recipe"]["params"]
    return sum(key in params and params[key] == value for key, value in base["recipe"]["params"].items())


def noise(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what each noise takes from the same entry on clean text, by task."""
    clean = {sameness(entry, "noise"): entry for entry in board["entries"] if entry["noise"] is None}
    noised = [entry for entry in board["entries"] if entry["noise"] is not None]
    return [row for entry in noised for row in _against(entry, clean.get(sameness(entry, "noise")), board)]


def _against(
    entry: Mapping[str, Any], base: Mapping[str, Any] | None, board: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the differences of two entries by task, and the mean of them where every task of either has one."""
    if base is None:
        return []
    by = {task: _difference(entry, base, task) for task in board["tasks"]}
    own = [by[task] for task in board["tasks"] if task in entry["tasks"] or task in base["tasks"]]
    known = [value for value in own if value is not None]
    mean = sum(known) / len(known) if known and len(known) == len(own) else None
    return [{"entry": entry, "base": base, "tasks": by, "mean": mean}] if known else []


def _difference(entry: Mapping[str, Any], base: Mapping[str, Any], task: str) -> float | None:
    values = [each["tasks"].get(task, {}).get("value") for each in (entry, base)]
    return None if None in values else float(values[0] - values[1])
