"""Validate leaderboard.json against its JSON Schema.

jsonschema takes minutes for the cells of a big board. Cells and averages are therefore checked by equivalent Python
functions (so are the scores under noise); jsonschema runs only on those that fail, to say what is wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from xharness import DataError, XHarnessError
from xharness_leaderboard import references
from xharness_leaderboard.checks import SCALE, Unfit
from xharness_leaderboard.records import parsed

SCHEMA = Path(__file__).with_name("leaderboard.schema.json")
MOST_BYTES = 512 * 2**20
_STATUSES = frozenset({"ok", "failed", "skipped", "not_run"})
_CELL = frozenset({"status", "value", "ci95", "metrics", "n", "seeds", "reason", "caveats", "flags"})
_CAVEAT = frozenset({"code", "grave", "text", "facts"})
_AVERAGE = frozenset(
    {"value", "ci95", "spread", "metrics", "complete", "missing", "transfer_gap", "by_family", "by_script", "worst"}
)
_GROUP = frozenset({"value", "complete", "missing"})
_NOISY = frozenset({"clean", "noisy", "drop", "ci95", "relative_drop", "relative_ci95", "coverage", "effective"})
_RELATIVE, _RELATIVE_BOUND = 10_001, 1_000_001  # percent
_SUITE = _GROUP | {"ci95", "tasks", "groups", "category_mean", "rank", "rank95"}


def read(path: str | Path) -> dict[str, Any]:
    """Return the content of a leaderboard.json; raise DataError with file and field if it is invalid."""
    file = Path(path)
    try:
        content, _ = parsed(file, MOST_BYTES)
        problem = problem_of(content)
    except (Unfit, RecursionError) as error:
        raise DataError.at(file, None, str(error)) from None
    if problem:
        raise DataError.at(file, None, problem)
    board: dict[str, Any] = content
    return board


def validate(board: Mapping[str, Any]) -> None:
    """Raise XHarnessError, naming the field, if the content of leaderboard.json does not conform to its schema."""
    if problem := problem_of(board):
        raise XHarnessError(f"leaderboard.json was not written, since it would be invalid: {problem}")


def problem_of(board: Any) -> str | None:
    """Return one line with the field and the problem of an invalid board, None if it is valid."""
    return (
        _problem("", None, _without_cells(board))
        or next(
            (
                line
                for name, where, value in _many(board)
                if not FAST[name](value) and (line := _problem(where, name, value))
            ),
            None,
        )
        or references.problem_of(board)
    )


def _without_cells(board: Any) -> Any:
    """Return a board with the cells, averages and scores under noise replaced by empty objects."""
    if not isinstance(board, dict):
        return board
    parts = {"entries": [_hollow(entry, "cells", "tasks", "suites") for entry in _items(board, "entries")]}
    if robust := _items(board.get("robustness"), "entries"):
        entries = [
            entry | {"noises": [_hollow(row, "languages") for row in noises]} if noises else entry
            for entry in robust
            for noises in [_items(entry, "noises")]
        ]
        parts["robustness"] = board["robustness"] | {"entries": entries}
    return board | {key: value for key, value in parts.items() if value}


def _items(parent: Any, key: str) -> list[Any]:
    """Return a list in an object; an empty one if there is none."""
    found = parent.get(key) if isinstance(parent, dict) else None
    return found if isinstance(found, list) else []


def _hollow(parent: Any, *keys: str) -> Any:
    if not isinstance(parent, dict):
        return parent
    return parent | {key: {} for key in keys if isinstance(parent.get(key), dict)}


def _many(board: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the schema definition, field path and value of each cell and average."""
    for number, entry in enumerate(board["entries"]):
        for suite, average in entry["suites"].items():
            yield "suite_average", f"entries[{number}].suites.{suite}", average
        for task, average in entry["tasks"].items():
            yield "task_average", f"entries[{number}].tasks.{task}", average
        for task, cells in entry["cells"].items():
            where = f"entries[{number}].cells.{task}"
            if type(cells) is not dict or not cells:
                yield "cells", where, cells
                continue
            for language, cell in cells.items():
                yield "cell", f"{where}.{language}", cell
    for number, entry in enumerate(board.get("robustness", {}).get("entries", ())):
        for row, noise in enumerate(entry["noises"]):
            for language, score in noise["languages"].items():
                yield "noisy_score", f"robustness.entries[{number}].noises[{row}].languages.{language}", score


def _problem(where: str, name: str | None, value: Any) -> str | None:
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(value))
    if error is None:
        return None
    path = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.absolute_path)
    text = error.message if len(error.message) <= 200 else f"{error.message[:197]}..."
    return f"{(where + path).lstrip('.') or 'the file'}: {text}"


@cache
def _validator(name: str | None) -> Any:
    """Return the validator of a definition of the schema, or of the whole schema."""
    from jsonschema import Draft202012Validator, validators

    numbers = Draft202012Validator.TYPE_CHECKER.redefine("number", _finite)  # JSON has no NaN or infinity
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    part = schema if name is None else {"$defs": schema["$defs"], "$ref": f"#/$defs/{name}"}
    return validators.extend(Draft202012Validator, type_checker=numbers)(part)


def _finite(_: Any, value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


def _score(value: Any) -> bool:
    return _all_scores((value,))


def _all_scores(values: Iterable[Any]) -> bool:
    low, high = -SCALE, SCALE
    for value in values:  # a plain loop is faster than a generator for millions of values
        if type(value) is not float and type(value) is not int:
            return False
        if not low <= value <= high:
            return False
    return True


def _value(value: Any) -> bool:
    return value is None or _score(value)


def _interval(value: Any) -> bool:
    return value is None or (type(value) is list and len(value) == 2 and _all_scores(value))


def _texts(value: Any) -> bool:
    return type(value) is list and (not value or all(type(each) is str for each in value))


def _caveats(value: Any) -> bool:
    return type(value) is list and (not value or all(map(_caveat, value)))


def _caveat(value: Any) -> bool:
    if type(value) is not dict or value.keys() != _CAVEAT:
        return False
    texts = type(value["code"]) is str and bool(value["code"]) and type(value["text"]) is str
    return texts and type(value["grave"]) is bool and type(value["facts"]) is dict


def _scores(value: Any) -> bool:
    return type(value) is dict and _all_scores(value.values())


def _values(value: Any) -> bool:
    return type(value) is dict and _all_scores(each for each in value.values() if each is not None)


def _whole(value: Any) -> bool:
    return (type(value) is int or (type(value) is float and value.is_integer())) and value >= 0


def _cell(cell: Any) -> bool:
    if type(cell) is not dict or cell.keys() != _CELL:
        return False
    status, value, ci95, n, reason = cell["status"], cell["value"], cell["ci95"], cell["n"], cell["reason"]
    metrics, seeds = cell["metrics"], cell["seeds"]
    if (
        type(metrics) is not dict
        or type(seeds) is not dict
        or not (_caveats(cell["caveats"]) and _texts(cell["flags"]))
    ):
        return False
    if status != "ok":
        empty = value is ci95 is n is None and not metrics and not seeds
        return empty and type(reason) is str and type(status) is str and status in _STATUSES
    if not metrics or not seeds or reason is not None or not _whole(n):
        return False
    if ci95 is not None and not (type(ci95) is list and len(ci95) == 2):
        return False
    return _all_scores((value, *metrics.values(), *seeds.values(), *(ci95 or ())))


def _difference(value: Any) -> bool:
    return value is None or (type(value) in (float, int) and -2 * SCALE <= value <= 2 * SCALE)


def _average(average: Any) -> bool:
    if type(average) is not dict or average.keys() != _AVERAGE:
        return False
    missing, spread = average["missing"], average["spread"]
    if not (spread is None or (type(spread) in (float, int) and spread >= 0)):
        return False
    if not (_texts(missing) and _texts(average["worst"]) and _scores(average["metrics"])):
        return False
    if not (_values(average["by_family"]) and _values(average["by_script"]) and _difference(average["transfer_gap"])):
        return False
    return _whole_or_none(average) and _interval(average["ci95"])


def _whole_or_none(average: Any) -> bool:
    """Return whether an average has a value if and only if nothing is missing."""
    if average["complete"] is True:
        return _score(average["value"]) and not average["missing"]
    none = average["value"] is None and average.get("ci95") is None
    return average["complete"] is False and none and bool(average["missing"])


def _suite(average: Any) -> bool:
    if type(average) is not dict or average.keys() != _SUITE:
        return False
    groups, rank, rank95 = average["groups"], average["rank"], average["rank95"]
    if not (_texts(average["missing"]) and _interval(average["ci95"]) and _whole_or_none(average)):
        return False
    if not (_values(average["tasks"]) and _value(average["category_mean"])):
        return False
    if not (type(groups) is dict and all(map(_group, groups.values()))):
        return False
    if not average["complete"]:
        return rank is rank95 is None
    between = rank95 is None or (type(rank95) is list and len(rank95) == 2 and all(map(_rank, rank95)))
    return between and (rank is None or _rank(rank))


def _rank(value: Any) -> bool:
    return _whole(value) and value >= 1


def _group(average: Any) -> bool:
    valid = type(average) is dict and average.keys() == _GROUP and _texts(average["missing"])
    return valid and _whole_or_none(average)


def _noisy(score: Any) -> bool:
    if type(score) is not dict or score.keys() != _NOISY:
        return False
    if not (_all_scores((score["clean"], score["noisy"])) and _within(score["drop"], 2 * SCALE)):
        return False
    if not (_both_within(score["ci95"], 2 * SCALE) and _both_within(score["relative_ci95"], _RELATIVE_BOUND)):
        return False
    relative, shares = score["relative_drop"], (score["coverage"], score["effective"])
    if not (relative is None or _within(relative, _RELATIVE)):
        return False
    return all(share is None or (_within(share, 100) and share >= 0) for share in shares)


def _within(value: Any, most: float) -> bool:
    return type(value) in (float, int) and bool(-most <= value <= most)


def _both_within(value: Any, most: float) -> bool:
    return value is None or (type(value) is list and len(value) == 2 and all(_within(each, most) for each in value))


FAST: Mapping[str, Callable[[Any], bool]] = {
    "cell": _cell,
    "cells": lambda cells: type(cells) is dict and bool(cells),
    "task_average": _average,
    "suite_average": _suite,
    "noisy_score": _noisy,
}
