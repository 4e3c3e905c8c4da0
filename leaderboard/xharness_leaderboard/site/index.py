"""What index.html shows, from the content of leaderboard.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness_leaderboard.site import gains, heat, literature, marks
from xharness_leaderboard.site.data import data_of

Names = Mapping[str, Mapping[str, str]]


def index_page(board: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return the variables of the template."""
    scale = heat.scales(board)
    clean = [entry for entry in board["entries"] if entry["noise"] is None]
    suites = [_suite(board, name, clean, names) for name in board["suites"]] or [_no_suite(board, clean, names)]
    ordered = [row["entry"] for row in suites[0]["rows"]]
    best = ordered[0] if ordered else None
    return {
        "board": board,
        "names": names,
        "suites": suites,
        "chosen": ordered,
        "best": best,
        "heat": heat.rows(board, best, scale) if best else [],
        "marks": {mark: marks.WORDS[state] for state, mark in marks.MARKS.items()},
        "shades": range(marks.SHADES),
        "pair": _pair(board, ordered),
        "gains": gains.intermediate(board),
        "noises": gains.noise(board),
        "published": literature.tables(board),
        "against": literature.against(board),
        "links": {key: literature.link(source) for key, source in board["sources"].items()},
        "conflicts": _conflicts(board, names),
        "choices": _choices(board, clean),
        "data": data_of(board, ordered, names, scale),
    }


def _suite(board: Mapping[str, Any], name: str, entries: Sequence[Any], names: Names) -> dict[str, Any]:
    suite = board["suites"][name]
    upward = suite["higher_is_better"]
    rows = [_row(entry, entry["suites"][name], names) for entry in entries]
    rows.sort(key=lambda row: (row["rank"] or float("inf"), -row["entry"]["completeness"], row["name"]))
    return {"name": name, "groups": suite["groups"], "tasks": list(suite["tasks"]), "upward": upward, "rows": rows}


def _no_suite(board: Mapping[str, Any], entries: Sequence[Any], names: Names) -> dict[str, Any]:
    """Return a table of tasks alone, for a board that holds no suite."""
    tasks = list(board["tasks"])
    rows = []
    for entry in entries:
        values = {task: entry["tasks"][task]["value"] if task in entry["tasks"] else None for task in tasks}
        average: dict[str, Any] = {"value": None, "ci95": None, "missing": [], "tasks": values, "groups": {}}
        rows.append(_row(entry, average | {"rank": None, "rank95": None}, names))
    rows.sort(key=lambda row: (-row["entry"]["completeness"], row["name"]))
    return {"name": "", "groups": {}, "tasks": tasks, "upward": None, "rows": rows}


def _row(entry: Mapping[str, Any], average: Mapping[str, Any], names: Names) -> dict[str, Any]:
    lacking = f"not complete: {marks.some(average['missing'])} missing" if average["missing"] else "no average"
    tasks = []
    for task, value in average["tasks"].items():
        own = entry["tasks"].get(task)
        ci95 = own["ci95"] if own and own["value"] == value else None
        why = f"not complete: {marks.some(own['missing'])} missing" if own and own["missing"] else "not run"
        tasks.append((task, value, ci95, why))
    groups = [
        (name, group["value"], f"{marks.some(group['missing'])} missing") for name, group in average["groups"].items()
    ]
    return {
        "entry": entry,
        **names[entry["id"]],
        "rank": average["rank"],
        "rank95": average["rank95"],
        "value": average["value"],
        "ci95": average["ci95"],
        "why": lacking,
        "groups": groups,
        "tasks": tasks,
    }


def _pair(board: Mapping[str, Any], ordered: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the comparison of the first two entries."""
    if len(ordered) < 2:
        return None
    one, other = ordered[:2]
    suite = next(iter(board["suites"]), None)
    found = compared(board, suite, one, other)
    return {"a": one, "b": other, "rows": found}


def compared(
    board: Mapping[str, Any], suite: str | None, one: Mapping[str, Any], other: Mapping[str, Any]
) -> list[tuple[str, Any, Any, dict[str, Any]]]:
    """Return for the suite and each task its name, both values, and their difference with its interval and p-value."""
    tested, sign = _tested(board, suite, one["id"], other["id"])
    tasks = list(board["suites"][suite]["tasks"]) if suite else list(board["tasks"])
    values = [[(entry["tasks"].get(task) or {}).get("value") for task in tasks] for entry in (one, other)]
    rows = [(task, a, b, turned(tested["tasks"].get(task), sign, a, b)) for task, a, b in zip(tasks, *values)]
    if suite is None:
        return rows
    a, b = (entry["suites"][suite]["value"] for entry in (one, other))
    return [(f"{suite}, all tasks", a, b, turned(tested, sign, a, b)), *rows]


def _tested(board: Mapping[str, Any], suite: str | None, one: str, other: str) -> tuple[Mapping[str, Any], int]:
    for found in board["comparisons"].get(suite, ()):
        if (found["a"], found["b"]) == (one, other):
            return found, 1
        if (found["b"], found["a"]) == (one, other):
            return found, -1
    return {"difference": None, "ci95": None, "p_holm": None, "tasks": {}}, 1


def turned(found: Mapping[str, Any] | None, sign: int, a: float | None, b: float | None) -> dict[str, Any]:
    """Return a difference seen from the other side where `sign` is -1; without a test, the difference alone."""
    if found is None or found["difference"] is None:
        return {"difference": None if a is None or b is None else a - b, "ci95": None, "p_holm": None}
    ci95 = sorted(sign * bound for bound in found["ci95"]) if found["ci95"] else None
    return {"difference": sign * found["difference"], "ci95": ci95, "p_holm": found["p_holm"]}


def _conflicts(board: Mapping[str, Any], names: Names) -> list[dict[str, Any]]:
    return [line | {"label": names[line["entry"]]["label"]} for line in board["conflicts"]]


def _choices(board: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return what the filters offer."""
    places = [[about[part] for about in board["languages"].values() if about[part]] for part in ("family", "script")]
    groups = [group for suite in board["suites"].values() for group in suite["groups"]]
    return {
        "groups": list(dict.fromkeys(groups)),
        "families": sorted(set(places[0])),
        "scripts": sorted(set(places[1])),
        "recipes": sorted({entry["recipe"]["name"] for entry in entries}),
    }
