"""The content of index.html, from the content of leaderboard.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness import few
from xharness_leaderboard.approaches import ABOUT, APPROACHES, apart, differ, sections, together
from xharness_leaderboard.site import gains, heat, literature
from xharness_leaderboard.site.data import data_of
from xharness_leaderboard.site.names import Names
from xharness_leaderboard.site.pairs import differences, tests_of
from xharness_leaderboard.site.robustness import robustness_of
from xharness_leaderboard.unranked import why_unranked

OUTSIDE = "tasks in no suite"


def index_page(board: Mapping[str, Any], names: Names, scale: Mapping[str, heat.Scale]) -> dict[str, Any]:
    """Return the variables of the template."""
    clean = [entry for entry in board["entries"] if entry["noise"] is None]
    suites = [_suite(board, name, clean, names) for name in board["suites"]] + _outside(board, clean, names)
    ordered = [row["entry"] for row in suites[0]["rows"]]
    best = ordered[0] if ordered else None
    return {
        "board": board,
        "names": names,
        "suites": suites,
        "chosen": ordered,
        "best": best,
        "apart": apart(board),
        "differ": differ(board),
        "together": together(board),
        "heat": heat.rows(board, best, scale) if best else "",
        "pair": _pair(board, ordered),
        "gains": gains.intermediate(board),
        "robust": robustness_of(board),
        "published": literature.tables(board),
        "against": [line for lines in literature.comparisons(board).values() for line in lines],
        "links": {key: literature.link(source) for key, source in board["sources"].items()},
        "conflicts": _conflicts(board, names),
        "choices": _choices(board, clean),
        "data": data_of(board, ordered, names, scale),
    }


def _suite(board: Mapping[str, Any], name: str, entries: Sequence[Any], names: Names) -> dict[str, Any]:
    suite = board["suites"][name]
    upward = suite["higher_is_better"]
    rows = [_row(entry, entry["suites"][name], names, why_unranked(board, name, entry) or "") for entry in entries]
    rows.sort(key=lambda row: (row["rank"] or float("inf"), -row["entry"]["completeness"], row["name"]))
    about = {"name": name, "groups": suite["groups"], "tasks": list(suite["tasks"])}
    about["weights"] = [f"{part} {weight:g}" for part, weight in suite.get("weights", {}).items()]
    return about | {"upward": upward, "outside": False} | _sections(board, rows)


def _sections(board: Mapping[str, Any], rows: Sequence[Any]) -> dict[str, Any]:
    """Return the rows of a table by approach, with its description, and all rows in this order."""
    blocks = list(sections(rows, lambda row: row["entry"].get("approach"), apart=apart(board)))
    shown = [(name if differ(board) else None, ABOUT.get(name or "", ""), own) for name, own in blocks]
    return {"sections": shown, "rows": [row for _, own in blocks for row in own]}


def tasks_outside(board: Mapping[str, Any]) -> list[str]:
    """Return the tasks of a board that are in none of its suites."""
    inside = {task for suite in board["suites"].values() for task in suite["tasks"]}
    return [task for task in board["tasks"] if task not in inside]


def _outside(board: Mapping[str, Any], entries: Sequence[Any], names: Names) -> list[dict[str, Any]]:
    """Return the table of tasks in no suite; empty if all are in one."""
    tasks = tasks_outside(board)
    if not tasks and board["suites"]:
        return []
    rows = []
    for entry in entries:
        values = {task: entry["tasks"][task]["value"] if task in entry["tasks"] else None for task in tasks}
        average: dict[str, Any] = {"value": None, "ci95": None, "missing": [], "tasks": values, "groups": {}}
        rows.append(_row(entry, average | {"rank": None, "rank95": None}, names, "these tasks are in no suite"))
    rows.sort(key=lambda row: (-row["entry"]["completeness"], row["name"]))
    name = OUTSIDE if board["suites"] else ""
    about: dict[str, Any] = {"name": name, "groups": {}, "tasks": tasks, "weights": [], "upward": None, "outside": True}
    return [about | _sections(board, rows)]


def _row(entry: Mapping[str, Any], average: Mapping[str, Any], names: Names, unranked: str) -> dict[str, Any]:
    reason = f"incomplete: {few(average['missing'])} missing" if average["missing"] else "no average"
    tasks = []
    for task, value in average["tasks"].items():
        own = entry["tasks"].get(task)
        ci95 = own["ci95"] if own and own["value"] == value else None
        why = f"incomplete: {few(own['missing'])} missing" if own and own["missing"] else "not run"
        tasks.append((task, value, ci95, why))
    groups = [(name, group["value"], f"{few(group['missing'])} missing") for name, group in average["groups"].items()]
    return {
        "entry": entry,
        **names[entry["id"]],
        "rank": average["rank"],
        "rank95": average["rank95"],
        "value": average["value"],
        "ci95": average["ci95"],
        "why": reason,
        "unranked": unranked,
        "groups": groups,
        "tasks": tasks,
    }


def _pair(board: Mapping[str, Any], ordered: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the comparison of the first two entries, of the same approach if there are two."""
    if len(ordered) < 2:
        return None
    one = ordered[0]
    other = next((each for each in ordered[1:] if each.get("approach") == one.get("approach")), ordered[1])
    suite = next(iter(board["suites"]), None)
    return {"a": one, "b": other, "rows": differences(board, suite, one, other, tests_of(board))}


def _conflicts(board: Mapping[str, Any], names: Names) -> list[dict[str, Any]]:
    """Return the conflicts with the label of their entry, and their scores as (file, value)."""
    return [
        line | {"label": names[line["entry"]]["label"], "scores": list(zip(line["files"], line["values"], strict=True))}
        for line in board["conflicts"]
    ]


def _choices(board: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the options of the filters."""
    families, scripts = (
        sorted({about[part] for about in board["languages"].values() if about[part]}) for part in ("family", "script")
    )
    groups = [group for suite in board["suites"].values() for group in suite["groups"]]
    return {
        "groups": list(dict.fromkeys(groups)),
        "families": families,
        "scripts": scripts,
        "recipes": sorted({entry["recipe"]["name"] for entry in entries}),
        "approaches": [each for each in APPROACHES if each in {entry.get("approach") for entry in entries}],
    }
