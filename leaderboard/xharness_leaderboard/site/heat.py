"""The heat map: which shade a score has among the scores of its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from xharness_leaderboard.site import marks

Scale = tuple[float, float, bool]


def scales(board: Mapping[str, Any]) -> dict[str, Scale]:
    """Return the lowest and highest score of each task on the board, and whether high is good."""
    found: dict[str, list[float]] = {task: [] for task in board["tasks"]}
    for entry in board["entries"]:
        for task, cells in entry["cells"].items():
            found[task] += [cell["value"] for cell in cells.values() if cell["status"] == "ok"]
    return {
        task: (min(values, default=0.0), max(values, default=0.0), board["tasks"][task]["higher_is_better"])
        for task, values in found.items()
    }


@cache
def _missing(state: str) -> str:
    mark, word = marks.MARKS[state], marks.WORDS[state]
    return f'<td class="x"><span title="{word}" aria-hidden="true">{mark}</span><span class="unseen">{word}</span></td>'


@cache
def _flag(flags: tuple[str, ...]) -> str:
    from markupsafe import escape

    return f'<sup title="{escape(marks.some(flags))}">{marks.FLAGGED}</sup>'


def cell(found: Mapping[str, Any] | None, scale: Scale, *, full: bool) -> str:
    """Return the table cell of a score as HTML; with its interval and number of examples where `full`."""
    if found is None:
        return _missing("not_run")
    if found["status"] != "ok":
        return _missing(marks.state(dict(found)))
    low, high, upward = scale
    value = found["value"]
    shade = marks.shade(value, low, high, upward=upward)
    flag = _flag(tuple(found["flags"])) if found["flags"] else ""
    if not full:
        return f'<td class="h{shade}">{value:.1f}{flag}</td>'
    ci95 = found["ci95"]
    bounds = f"± {(ci95[1] - ci95[0]) / 2:.1f} · " if ci95 else ""
    return f'<td class="h{shade}">{value:.1f}{flag}<small>{bounds}n {found["n"]:,}</small></td>'


def rows(
    board: Mapping[str, Any], entry: Mapping[str, Any], scale: Mapping[str, Scale], *, full: bool = False
) -> Sequence[tuple[str, Mapping[str, Any], Any]]:
    """Return each language's code, what it is, and its cells of all tasks as HTML, in the order of the board."""
    from markupsafe import Markup

    counted = {task: set(about["languages"]) for task, about in board["tasks"].items()}
    none = '<td class="off"></td>'
    listed = []
    for code, about in board["languages"].items():
        cells = (
            cell(entry["cells"].get(task, {}).get(code), scale[task], full=full) if code in codes else none
            for task, codes in counted.items()
        )
        listed.append((code, about, Markup("".join(cells))))
    return listed
