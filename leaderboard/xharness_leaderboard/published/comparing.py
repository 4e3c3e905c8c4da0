"""Compare the measured scores of a board with the published scores of the same models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from xharness.metrics.base import mean

Line = dict[str, Any]
Suites = Mapping[str, Mapping[str, Any]]

_AVERAGE, _MEAN = "avg", "mean of tasks"
_ROUNDED = 0.1 + 1e-9  # maximum rounding error of an average and its parts, each with one decimal
_SAME = ("model", "task", "metric", "kind", "source")


def against(entry: Mapping[str, Any], board: Mapping[str, Any]) -> list[Line]:
    """Compare an entry of leaderboard.json with the published scores of its model in the setting named as its recipe.

    Each line has the published `row`, what was `measured`, the `difference` (measured minus published), and `caveats`:
    in what the measured cells are not the official measurement. An average is compared over the languages that it is
    over: those of its suite on the board, or those that its source gives beside it. What was not measured, or is not
    complete, is left out; a board of synthetic data has no lines.
    """
    if board["synthetic"] or entry["noise"]:
        return []
    reference, recipe = entry["model"]["reference"], entry["recipe"]["name"]
    rows = [row for row in board["published"] if row["setting"] == recipe and is_model(reference, row["model"])]
    return [line for row in rows if (line := _line(entry, row, rows, board["suites"]))]


def _line(entry: Mapping[str, Any], row: Line, rows: Sequence[Line], suites: Suites) -> Line | None:
    if row["metric"] == _MEAN:
        cells, measured = _of_suite(entry, row["task"], suites)
    else:
        codes = [row["language"]] if row["language"] != _AVERAGE else _languages(row, rows, suites)
        cells = [entry["cells"].get(row["task"], {}).get(code) for code in codes]
        values = [cell["metrics"].get(row["metric"]) for cell in cells if cell]
        measured = mean(values) if values and len(values) == len(codes) and None not in values else None
    if measured is None:
        return None
    caveats = dict.fromkeys(caveat["text"] for cell in cells if cell for caveat in cell["caveats"])
    return {"row": row, "measured": measured, "difference": measured - row["value"], "caveats": list(caveats)}


@lru_cache(maxsize=4096)
def is_model(reference: str, model: str) -> bool:
    """Return whether a reference is a model of the published scores: its name, hub id, or a folder ending in the id."""
    names = {model, *_names().get(model, ())}
    return any(reference == name or ("/" in name and reference.endswith(f"/{name}")) for name in names)


@cache
def _names() -> dict[str, list[str]]:
    """Return the hub ids of the models with published scores."""
    names: dict[str, list[str]] = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    return names


def _of_suite(entry: Mapping[str, Any], task: str, suites: Suites) -> tuple[Sequence[Any], float | None]:
    """Return the cells and the value of a suite, or of a group given as `suite/group`."""
    name, _, group = task.partition("/")
    if name not in suites or (group and group not in suites[name]["groups"]):
        return (), None
    own, counted = entry["suites"][name], suites[name]["tasks"]
    tasks = suites[name]["groups"][group] if group else counted
    cells = [entry["cells"].get(each, {}).get(code) for each in tasks for code in counted[each]]
    return cells, (own["groups"][group] if group else own)["value"]


def _languages(row: Line, rows: Sequence[Line], suites: Suites) -> Sequence[str]:
    """Return the languages of a published average; empty if they are not known."""
    if row["benchmark"] in suites:
        codes: Sequence[str] = suites[row["benchmark"]]["tasks"].get(row["task"], ())
        return codes
    same = [other for other in rows if all(row[key] == other[key] for key in _SAME)]
    values = {other["language"]: other["value"] for other in same if other["language"] != _AVERAGE}
    # Some sources list only a few languages of an average; then their mean differs from it.
    known = len(values) > 1 and abs(mean(list(values.values())) - row["value"]) <= _ROUNDED
    return list(values) if known else ()
