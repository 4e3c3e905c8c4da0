"""The tested differences of the board by pair of entries, in either order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ShownDifference = dict[str, Any]
Tests = Mapping[tuple[str, str, str], tuple[Mapping[str, Any], int]]
_UNTESTED: Mapping[str, Any] = {"difference": None, "tasks": {}}


def tests_of(board: Mapping[str, Any]) -> Tests:
    """Return the comparison of each suite and ordered pair of ids, with the sign of its differences in that order."""
    tests: dict[tuple[str, str, str], tuple[Mapping[str, Any], int]] = {}
    for suite, pairs in board["comparisons"].items():
        for pair in pairs:
            tests[suite, pair["a"], pair["b"]] = pair, 1
            tests[suite, pair["b"], pair["a"]] = pair, -1
    return tests


def difference(suite: str, one: Mapping[str, Any], other: Mapping[str, Any], tests: Tests) -> ShownDifference:
    """Return the difference of two entries in a suite."""
    pair, sign = tests.get((suite, one["id"], other["id"]), (_UNTESTED, 1))
    return _turned(pair, sign, *(entry["suites"][suite]["value"] for entry in (one, other)))


def differences(
    board: Mapping[str, Any], suite: str | None, one: Mapping[str, Any], other: Mapping[str, Any], tests: Tests
) -> list[tuple[str, float | None, float | None, ShownDifference]]:
    """Return for the suite and each task the name, both values, and the difference with interval and p-value."""
    pair, sign = tests.get((suite or "", one["id"], other["id"]), (_UNTESTED, 1))
    rows = []
    for task in board["suites"][suite]["tasks"] if suite else board["tasks"]:
        a, b = (entry["tasks"].get(task, {}).get("value") for entry in (one, other))
        rows.append((task, a, b, _turned(pair["tasks"].get(task), sign, a, b)))
    if suite:
        a, b = (entry["suites"][suite]["value"] for entry in (one, other))
        rows.insert(0, (f"{suite}, all tasks", a, b, difference(suite, one, other, tests)))
    return rows


def _turned(test: Mapping[str, Any] | None, sign: int, a: float | None, b: float | None) -> ShownDifference:
    """Return a difference multiplied by `sign`; without a test, only the difference of the values."""
    if test is None or test["difference"] is None:
        return {"difference": None if a is None or b is None else a - b, "ci95": None, "p_holm": None}
    ci95 = sorted(sign * bound for bound in test["ci95"]) if test["ci95"] else None
    return {"difference": sign * test["difference"], "ci95": ci95, "p_holm": test["p_holm"]}
