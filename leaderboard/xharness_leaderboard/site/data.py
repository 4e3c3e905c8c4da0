"""The data of the script of index.html, as compact JSON that is safe inside HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from xharness_leaderboard.site import marks
from xharness_leaderboard.site.heat import Scale
from xharness_leaderboard.site.names import Names
from xharness_leaderboard.site.robustness import robustness_of


def data_of(
    board: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    names: Names,
    scale: Mapping[str, Scale],
) -> Any:
    """Return the data as markup; `entries` are in the order of the page.

    `cells` has, by entry and task, one item per language of the task: a value, a value in a list if it is flagged, or
    the mark of its status. `pairs` has the tested differences as [difference, low, high, corrected p].
    """
    indices = {code: index for index, code in enumerate(board["languages"])}
    tasks = board["tasks"]
    content = {
        "languages": [[code, about["family"], about["script"]] for code, about in board["languages"].items()],
        "tasks": [
            {"name": name, "langs": [indices[code] for code in about["languages"]], "scale": scale[name]}
            for name, about in tasks.items()
        ],
        "suites": {name: _suite(suite, list(tasks), indices) for name, suite in board["suites"].items()},
        "entries": [_entry(entry, board, names) for entry in entries],
        "cells": [[_cells(entry["cells"].get(name, {}), about) for name, about in tasks.items()] for entry in entries],
        "noise": _noise(robustness_of(board)),
        "pairs": _pairs(board, {entry["id"]: index for index, entry in enumerate(entries)}),
    }
    return safe(content)


def safe(content: Any) -> Any:
    """Return JSON as markup in which `<`, `>` and `&` are escaped, so that it cannot end the script element."""
    from markupsafe import Markup

    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _noise(robust: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the cells of the table of robustness by entry and selection, rounded."""
    rows = robust["rows"] if robust else ()
    return {
        row["entry"]["id"]: {key: [_brief(each) for each in cells] for key, cells in row["cells"].items()}
        for row in rows
    }


def _brief(value: Any) -> Any:
    if isinstance(value, list):
        return [_brief(each) for each in value]
    return _rounded(value) if isinstance(value, float) else value


def _suite(suite: Mapping[str, Any], tasks: Sequence[str], indices: Mapping[str, int]) -> dict[str, Any]:
    return {
        "tasks": [[tasks.index(name), [indices[code] for code in codes]] for name, codes in suite["tasks"].items()],
        "groups": {group: [tasks.index(name) for name in names] for group, names in suite["groups"].items()},
        "up": suite["higher_is_better"],
    }


def _entry(entry: Mapping[str, Any], board: Mapping[str, Any], names: Names) -> dict[str, Any]:
    model = entry["model"]
    own = [entry["tasks"].get(task) for task in board["tasks"]]
    name = names[entry["id"]]
    return {
        "id": entry["id"],
        "label": name["label"],
        "find": " ".join(
            [model["reference"], name["label"], name["params"], name["ways"], entry["source"], entry["dtype"]]
        ).lower(),
        "recipe": entry["recipe"]["name"],
        "approach": entry.get("approach", ""),
        "size": model["parameters"],
        "tasks": [_rounded(task["value"]) if task else None for task in own],
        "suites": {name: _rounded(entry["suites"][name]["value"]) for name in board["suites"]},
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _cells(cells: Mapping[str, Any], task: Mapping[str, Any]) -> list[Any]:
    every = [cells.get(code) for code in task["languages"]]
    return [
        round(cell["value"], 2) if cell and cell["status"] == "ok" and not cell["flags"] else _odd(cell)
        for cell in every
    ]


def _odd(cell: Mapping[str, Any] | None) -> Any:
    """Return the item of a cell without a value, or with a flag."""
    if cell is None or cell["status"] != "ok":
        return marks.MARKS[marks.state(cell)]
    return [round(cell["value"], 2)]


def _pairs(board: Mapping[str, Any], indices: Mapping[str, int]) -> dict[str, list[Any]]:
    order = list(board["tasks"])
    return {
        suite: [
            [
                indices[pair["a"]],
                indices[pair["b"]],
                _test(pair),
                {order.index(task): _test(row) for task, row in pair["tasks"].items()},
            ]
            for pair in pairs
            if pair["a"] in indices and pair["b"] in indices  # the script compares entries without noise
        ]
        for suite, pairs in board["comparisons"].items()
    }


def _test(row: Mapping[str, Any]) -> list[float | None] | None:
    if row["difference"] is None:
        return None
    low, high = row["ci95"] or (None, None)
    return [
        _rounded(row["difference"]),
        _rounded(low),
        _rounded(high),
        None if row["p_holm"] is None else float(f"{row['p_holm']:.2g}"),
    ]
