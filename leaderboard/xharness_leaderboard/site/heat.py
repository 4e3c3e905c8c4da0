"""The heat map: table cells shaded by score, from the worst to the best score of the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from xharness import few
from xharness_leaderboard.site import marks

SHADES = 9
Scale = tuple[float, float]
_OFF = '<td class="off"></td>'
_SHADED = [
    f'<td class="h{min(shade, SHADES - 1)}">' for shade in range(SHADES + 1)
]  # the best score is on the upper edge


def scales(board: Mapping[str, Any]) -> dict[str, Scale]:
    """Return for each task the worst score on the board, and the number of shades per point."""
    scores: dict[str, list[float]] = {task: [] for task in board["tasks"]}
    for entry in board["entries"]:
        for task, cells in entry["cells"].items():
            scores[task] += [cell["value"] for cell in cells.values() if cell["status"] == "ok"]
    return {task: _scale(values, board["tasks"][task]["higher_is_better"]) for task, values in scores.items()}


def _scale(values: Sequence[float], upward: bool) -> Scale:
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low == high:
        return low - 0.5, float(SHADES)
    return (low, SHADES / (high - low)) if upward else (high, SHADES / (low - high))


def rows(board: Mapping[str, Any], entry: Mapping[str, Any], scale: Mapping[str, Scale], *, full: bool = False) -> Any:
    """Return the table rows of all languages, with the cells of all tasks, as markup.

    With `full`, cells show their interval and number of examples.
    """
    from markupsafe import Markup

    columns = [
        _column(entry["cells"].get(task, {}), about, scale[task], full) for task, about in board["tasks"].items()
    ]
    return Markup(
        "\n".join(
            f"<tr>{_head(code, about['name'], about['family'], about['script'])}"
            f"{''.join([column.get(code, _OFF) for column in columns])}</tr>"
            for code, about in board["languages"].items()
        )
    )


@cache
def _head(code: str, name: str, family: str | None, script: str | None) -> str:
    from markupsafe import escape

    more = "".join(f" · {escape(part)}" for part in (family, script) if part)
    return f'<th scope="row">{escape(name)} <small>{escape(code)}<span class="more">{more}</span></small></th>'


def _column(cells: Mapping[str, Any], task: Mapping[str, Any], scale: Scale, full: bool) -> dict[str, str]:
    """Return the table cell of each language of a task as HTML."""
    worst, shades = scale
    column = {}
    for code in task["languages"]:
        cell = cells.get(code)
        if cell is None or cell["status"] != "ok":
            column[code] = _missing(marks.state(cell))
            continue
        value, ci95 = cell["value"], cell["ci95"]
        shaded = _SHADED[int((value - worst) * shades)]
        flag = _flag(tuple(cell["flags"])) if cell["flags"] else ""
        if not full:
            column[code] = f"{shaded}{value:.1f}{flag}</td>"
        elif ci95:
            half = (ci95[1] - ci95[0]) / 2
            column[code] = f"{shaded}{value:.1f}{flag}<small>± {half:.1f} · {_units(cell['n'])}</small></td>"
        else:
            column[code] = f"{shaded}{value:.1f}{flag}<small>{_units(cell['n'])}</small></td>"
    return column


@cache
def _units(n: int) -> str:
    return f"n {n:,}"


@cache
def _missing(state: str) -> str:
    mark, word = marks.MARKS[state], marks.WORDS[state]
    return f'<td class="x"><span title="{word}" aria-hidden="true">{mark}</span><span class="unseen">{word}</span></td>'


@cache
def _flag(flags: tuple[str, ...]) -> str:
    from markupsafe import escape

    return f'<sup title="{escape(few(flags))}">{marks.FLAGGED}</sup>'
