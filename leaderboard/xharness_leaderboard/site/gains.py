"""The effect of a recipe: differences of entries that are otherwise the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness_leaderboard.entries import DIFFER
from xharness_leaderboard.site.names import sameness

BASE = "zero-shot"


def intermediate(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the gains of training on further tasks over zero-shot of the same model, by task; largest mean first."""
    plain: dict[str, list[Any]] = {}
    for entry in board["entries"]:
        if entry["recipe"]["name"] == BASE:
            plain.setdefault(sameness(entry, "recipe"), []).append(entry)
    rows = []
    for entry in board["entries"]:
        if entry["noise"] is None:
            bases = [base for base in plain.get(sameness(entry, "recipe"), ()) if _trained_further(entry, base)]
            maximum = max((_equal_params(entry, base) for base in bases), default=0)
            rows += _only([base for base in bases if _equal_params(entry, base) == maximum], entry, board)
    return sorted(rows, key=lambda row: -(row["mean"] if row["mean"] is not None else float("-inf")))


def _trained_further(entry: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """Return whether an entry was trained on all tasks that its base was trained on, and on others."""
    shared = entry["trained_on"].keys() & base["trained_on"].keys()
    pairs = [(set(entry["trained_on"][task]), set(base["trained_on"][task])) for task in shared]
    return all(own >= theirs for own, theirs in pairs) and any(own > theirs for own, theirs in pairs)


def _equal_params(entry: Mapping[str, Any], base: Mapping[str, Any]) -> int:
    """Return the number of equal parameters of the recipes of two entries."""
    params = entry["recipe"]["params"]
    return sum(key in params and params[key] == value for key, value in base["recipe"]["params"].items())


def _only(
    bases: Sequence[Mapping[str, Any]], entry: Mapping[str, Any], board: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the row of the only base with the same data; empty if there are several."""
    rows = [row for base in bases for row in _against(entry, base, board)]
    return rows if len(rows) == 1 else []


def _against(entry: Mapping[str, Any], base: Mapping[str, Any], board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the differences of two entries by task, with their mean if no task is missing."""
    by = {task: _difference(entry, base, task) for task in board["tasks"]}
    own = [by[task] for task in board["tasks"] if task in entry["tasks"] or task in base["tasks"]]
    known = [value for value in own if value is not None]
    mean = sum(known) / len(known) if known and len(known) == len(own) else None
    return [{"entry": entry, "base": base, "tasks": by, "mean": mean}] if known else []


def _difference(entry: Mapping[str, Any], base: Mapping[str, Any], task: str) -> float | None:
    """Return the difference in a task; None if a value is missing, or data, metrics or ways differ."""
    if entry["ways"].get(task) != base["ways"].get(task):
        return None
    if any(
        not set(DIFFER).isdisjoint(cell["flags"])
        for each in (entry, base)
        for cell in each["cells"].get(task, {}).values()
    ):
        return None
    values = [each["tasks"].get(task, {}).get("value") for each in (entry, base)]
    return None if None in values else float(values[0] - values[1])
