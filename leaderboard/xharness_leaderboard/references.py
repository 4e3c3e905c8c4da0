"""Check the names that the parts of leaderboard.json share, which its JSON Schema cannot express."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from xharness_leaderboard.approaches import apart


def problem_of(board: Mapping[str, Any]) -> str | None:
    """Return the first name of a board, valid by its schema, that refers to nothing; None if there is none."""
    return next(_problems(board), None)


def _problems(board: Mapping[str, Any]) -> Iterator[str]:
    ids = [entry["id"] for entry in board["entries"]]
    if len(set(ids)) < len(ids):
        yield "entries: two entries have the same id"
    for name, task in board["tasks"].items():
        yield from _unknown(f"tasks.{name}.languages", task["languages"], board["languages"])
    for name, suite in board["suites"].items():
        yield from _suite(f"suites.{name}", suite, board["tasks"])
    for number, entry in enumerate(board["entries"]):
        yield from _entry(f"entries[{number}]", entry, board)
    yield from _unknown("comparisons", board["comparisons"], board["suites"])
    for name, pairs in board["comparisons"].items():
        for number, pair in enumerate(pairs):
            where = f"comparisons.{name}[{number}]"
            yield from _unknown(where, (pair["a"], pair["b"]), ids)
            yield from _unknown(f"{where}.tasks", pair["tasks"], board["suites"][name]["tasks"])
    yield from _approaches(board)
    for number, line in enumerate(board["conflicts"]):
        yield from _unknown(f"conflicts[{number}].entry", [line["entry"]], ids)
        if len(line["values"]) != len(line["files"]):
            yield f"conflicts[{number}]: values and files must be as many"
    yield from _robustness(board, ids)
    for number, row in enumerate(board["published"]):
        yield from _unknown(f"published[{number}].source", [row["source"]], board["sources"])


def _suite(where: str, suite: Mapping[str, Any], tasks: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(f"{where}.tasks", suite["tasks"], tasks)
    for name, codes in suite["tasks"].items():
        yield from _unknown(f"{where}.tasks.{name}", codes, tasks[name]["languages"])
    yield from _unknown(f"{where}.weights", suite.get("weights", ()), {**suite["groups"], **suite["tasks"]})
    for group, names in suite["groups"].items():
        yield from _unknown(f"{where}.groups.{group}", names, suite["tasks"])


def _entry(where: str, entry: Mapping[str, Any], board: Mapping[str, Any]) -> Iterator[str]:
    for part in ("cells", "tasks", "suites"):
        yield from _unknown(f"{where}.{part}", entry[part], board[part if part != "cells" else "tasks"])
    for name, suite in board["suites"].items():
        if name not in entry["suites"]:
            yield f"{where}.suites.{name}: is missing"
            return
        for part in ("tasks", "groups"):
            if entry["suites"][name][part].keys() != suite[part].keys():
                yield f"{where}.suites.{name}.{part}: must have the {part} of suites.{name}"


def _approaches(board: Mapping[str, Any]) -> Iterator[str]:
    """Yield entries without an approach, and comparisons of two approaches, where approaches rank apart."""
    if not apart(board):
        return
    approaches = {entry["id"]: entry.get("approach") for entry in board["entries"]}
    for number, entry in enumerate(board["entries"]):
        if "approach" not in entry:
            yield f"entries[{number}].approach: is missing, and one_table is false"
    for name, pairs in board["comparisons"].items():
        for number, pair in enumerate(pairs):
            if approaches[pair["a"]] != approaches[pair["b"]]:
                yield f"comparisons.{name}[{number}]: compares two approaches, and one_table is false"


def _robustness(board: Mapping[str, Any], ids: Sequence[str]) -> Iterator[str]:
    for number, robust in enumerate(board.get("robustness", {"entries": ()})["entries"]):
        where = f"robustness.entries[{number}]"
        yield from _unknown(where, [robust["entry"], *filter(None, [robust["reference"]])], ids)
        averages = [average["task"] for average in robust["averages"] if average["task"] is not None]
        yield from _unknown(f"{where}.averages", averages, board["tasks"])
        yield from _unknown(f"{where}.noises", [row["task"] for row in robust["noises"]], board["tasks"])
    for number, row in enumerate(board.get("robustness", {}).get("natural", ())):
        where = f"robustness.natural[{number}]"
        yield from _unknown(where, [row["entry"]], ids)
        yield from _unknown(where, [row["task"], row["clean_task"]], board["tasks"])


def _unknown(where: str, names: Collection[str], known: Collection[str]) -> Iterator[str]:
    unknown = [name for name in names if name not in known]
    if unknown:
        yield f"{where}: '{unknown[0]}' is not on the board"
