"""The charts of index.html: SVG drawn by matplotlib, in the colours of the page, without scripts."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness_leaderboard.site import gains
from xharness_leaderboard.site.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Placeholder colours of matplotlib, replaced by CSS variables of the page, so that charts follow light and dark mode.
_COLOURS = {"#000001": "--ink", "#000002": "--quiet", "#000003": "--rule", "#000004": "--good", "#000005": "--poor"}
_INK, _QUIET, _RULE, _GOOD, _POOR = _COLOURS
_PANELS = 3
_NUMBERED = 10  # number of points labelled with their rank
_SHORTEST = 1e-3  # seconds; the logarithmic axis has no 0
_SIZE = (4.0, 2.9)  # inches
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "xharness",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "axes.edgecolor": _RULE,
    "axes.labelcolor": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _RULE,
    "grid.linewidth": 0.5,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "text.color": _INK,
    "font.size": 8,
}


def draw(board: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return the charts as markup: score against size, score against time, and gains by task; None if not available."""
    import matplotlib

    suite = next(iter(board["suites"]), None)
    ranked = [entry for entry in board["entries"] if suite and entry["suites"][suite]["value"] is not None]
    clean = [entry for entry in ranked if entry["noise"] is None]
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # text is drawn by the fonts of the browser, not matplotlib
        timed = [entry for entry in clean if (entry["seconds"] or 0) >= _SHORTEST]
        sized = [entry for entry in clean if entry["model"]["parameters"]]
        return {
            "size": _scatter(sized, suite, names, "size", "parameters"),
            "time": _scatter(timed, suite, names, "time", "run time"),
            "gains": _gains(gains.intermediate(board)[:_PANELS], names),
        }


def _scatter(entries: Sequence[Any], suite: str | None, names: Names, kind: str, label: str) -> Any:
    """Return a scatter plot with a link and a title per entry; None with fewer than two entries."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    from xharness_leaderboard.site import marks

    if len(entries) < 2 or suite is None:
        return None
    costs = [entry["model"]["parameters"] if kind == "size" else entry["seconds"] for entry in entries]
    values = [entry["suites"][suite]["value"] for entry in entries]
    axes, svg = _figure()
    for which, colour in (("zero-shot", _GOOD), ("other", _POOR)):
        indices = [
            index
            for index, entry in enumerate(entries)
            if (entry["recipe"]["name"] == "zero-shot") == (which == "zero-shot")
        ]
        points = axes.scatter(
            [costs[index] for index in indices],
            [values[index] for index in indices],
            s=24,
            c=colour,
            marker="o" if which == "zero-shot" else "D",
            alpha=0.85,
            linewidths=0,
        )
        points.set_urls([f"point:{index}" for index in indices])
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: marks.size(value) if kind == "size" else marks.duration(value))
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    _ticks(axes, costs, 1.25)
    axes.set_xlabel(label)
    axes.set_ylabel(suite)
    for x, y, entry in zip(costs, values, entries):
        rank = entry["suites"][suite]["rank"]
        if rank and rank <= _NUMBERED:
            axes.annotate(str(rank), (x, y), (5, 4), textcoords="offset points", fontsize=7.5)
    return _linked(
        svg(kind),
        entries,
        [f"{names[entry['id']]['label']}: {marks.number(value)}" for entry, value in zip(entries, values)],
    )


def _ticks(axes: Axes, values: Sequence[float], margin: float) -> None:
    """Set four evenly spaced ticks on a logarithmic axis, from the lowest to the highest value."""
    low, high = min(values), max(values)
    axes.set_xlim(low / margin, high * margin)
    steps = 3 if high > 1.5 * low else 0
    axes.set_xticks([low * (high / low) ** (step / steps) for step in range(steps + 1)] if steps else [low])
    axes.set_xticks([], minor=True)


def _gains(rows: Sequence[Any], names: Names) -> list[tuple[str, Any]]:
    """Return for each row its label and a bar chart of the gains by task, in points."""
    known = [value for row in rows for value in row["tasks"].values() if value is not None]
    bound = 1.1 * max(map(abs, known), default=1.0) or 1.0
    return [
        (names[row["entry"]["id"]]["label"], _bars(row["tasks"], bound, f"gain{index}"))
        for index, row in enumerate(rows)
    ]


def _bars(by_task: Mapping[str, float | None], bound: float, name: str) -> Any:
    from xharness_leaderboard.site import marks

    gains_by_task = {task: value for task, value in by_task.items() if value is not None}
    axes, svg = _figure()
    colours = [_GOOD if value >= 0 else _POOR for value in gains_by_task.values()]
    bars = axes.barh(list(gains_by_task), list(gains_by_task.values()), color=colours, height=0.65)
    axes.bar_label(bars, [marks.signed(value) for value in gains_by_task.values()], padding=3, fontsize=7.5, color=_INK)
    axes.axvline(0, color=_QUIET, linewidth=1)
    axes.set_xlim(-1.25 * bound if min(gains_by_task.values()) < 0 else 0, 1.25 * bound)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("points gained over zero-shot")
    return _markup(svg(name))


def _figure() -> tuple[Axes, Any]:
    """Return the axes of a new figure, and a function that returns its SVG with ids prefixed by a chart name."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, facecolor="none")
    FigureCanvasSVG(figure)
    axes = figure.add_axes((0.16, 0.17, 0.81, 0.79), facecolor="none")

    def svg(name: str) -> str:
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        return _restyled(out.getvalue(), name)

    return axes, svg


def _restyled(svg: str, name: str) -> str:
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(
        r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true" focusable="false">', text
    )
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    for colour, role in _COLOURS.items():
        text = text.replace(colour, f"var({role})")
    return text.replace("xlink:href", "href")


def _linked(svg: str, entries: Sequence[Any], titles: Sequence[str]) -> Any:
    """Link each point to the page of its entry. For the keyboard, the same links are in the table."""
    from markupsafe import escape

    def link(match: re.Match[str]) -> str:
        index = int(match[1])
        return (
            f'<a href="models/{escape(entries[index]["id"])}.html" tabindex="-1"><title>{escape(titles[index])}</title>'
        )

    return _markup(re.sub(r'<a href="point:(\d+)"[^>]*>', link, svg))


def _markup(svg: str) -> Any:
    from markupsafe import Markup

    return Markup(svg)
