"""What a board measured, held against the published scores of the same models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from xharness_leaderboard.gaps import mean

Line = dict[str, Any]

_AVERAGE, _MEAN = "avg", "mean of tasks"
_SAME = ("model", "task", "metric", "kind", "source")


def against(entry: Mapping[str, Any], board: Mapping[str, Any]) -> list[Line]:
    """Hold an entry of leaderboard.json against the published scores of its model, where recipe and setting are one.

    Each line has the published `row`, what was `measured`, and the `difference`: measured minus published. An average
    is compared over the languages that it is over: those of its suite on the board, or those that its source gives
    beside it. What was not measured, or is not complete, is left out.
    """
    if entry.get("noise"):
        return []
    reference, recipe = entry["model"]["reference"], entry["recipe"]["name"]
    rows = [row for row in board["published"] if row["setting"] == recipe and is_model(reference, row["model"])]
    found = [(row, _measured(entry, row, rows, board["suites"])) for row in rows]
    return [
        {"row": row, "measured": value, "difference": value - row["value"]} for row, value in found if value is not None
    ]


def is_model(reference: str, model: str) -> bool:
    """Say whether a checkpoint is a model of the published scores: by name, hub id, or a folder that ends in the id."""
    names = {model, *_names().get(model, ())}
    return any(reference == name or ("/" in name and reference.endswith(f"/{name}")) for name in names)


@cache
def _names() -> dict[str, list[str]]:
    """Return the hub ids of the models of published scores."""
    names: dict[str, list[str]] = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    return names


def _measured(
    entry: Mapping[str, Any], row: Line, rows: Sequence[Line], suites: Mapping[str, Mapping[str, Any]]
) -> float | None:
    if row["metric"] == _MEAN:
        return _of_suite(entry, row["task"])
    codes = [row["language"]] if row["language"] != _AVERAGE else _languages(row, rows, suites)
    cells = entry["cells"].get(row["task"], {})
    values = [cells[code]["metrics"].get(row["metric"]) for code in codes if code in cells]
    return mean(values) if codes and len(values) == len(codes) and None not in values else None


def _of_suite(entry: Mapping[str, Any], task: str) -> float | None:
    """Return the value of `suite` or `suite/group`."""
    name, _, group = task.partition("/")
    own = entry["suites"].get(name, {})
    value: float | None = (own.get("groups", {}).get(group, {}) if group else own).get("value")
    return value


def _languages(row: Line, rows: Sequence[Line], suites: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """Return the languages that a published average is over; none where that is not known."""
    if row["benchmark"] in suites:
        codes: Sequence[str] = suites[row["benchmark"]]["tasks"].get(row["task"], ())
        return codes
    alike = [other for other in rows if all(row[key] == other[key] for key in _SAME)]
    return [other["language"] for other in alike if other["language"] != _AVERAGE]
