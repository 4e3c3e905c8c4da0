"""The charts of index.html: SVG drawn by matplotlib, in the colours of the page, without scripts."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness_leaderboard.site import gains
from xharness_leaderboard.site.names import Names
from xharness_leaderboard.site.robustness import Marks
from xharness_leaderboard.site.svg import GOOD, INK, POOR, QUIET, STYLE, figure, linked, markup, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = 3
_NUMBERED = 10  # number of points with a label
_LONGEST = 32  # characters of a label
_NARROWEST = 2.5  # points, half of the range of an axis
_SHORTEST = 1e-3  # seconds; the logarithmic axis has no 0


def draw(board: Mapping[str, Any], names: Names, noisy: Marks | None) -> dict[str, Any]:
    """Return the charts as markup: score against size and against time, gains by task, clean score against noisy score.

    A chart that is not available is None.
    """
    import matplotlib

    suite = next(iter(board["suites"]), None)
    ranked = [entry for entry in board["entries"] if suite and entry["suites"][suite]["value"] is not None]
    clean = [entry for entry in ranked if entry["noise"] is None]
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # text is drawn by the fonts of the browser, not matplotlib
        timed = [entry for entry in clean if (entry["seconds"] or 0) >= _SHORTEST]
        sized = [entry for entry in clean if entry["model"]["parameters"]]
        return {
            "size": _scatter(sized, suite, names, "size", "parameters"),
            "time": _scatter(timed, suite, names, "time", "run time"),
            "gains": _gains(gains.intermediate(board)[:_PANELS], names),
            "noise": _noise(noisy, names) if noisy else None,
        }


def _scatter(entries: Sequence[Any], suite: str | None, names: Names, kind: str, label: str) -> Any:
    """Return a scatter plot with a link and a title per entry; None with fewer than two entries."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    from xharness_leaderboard.site import marks

    if len(entries) < 2 or suite is None:
        return None
    costs = [entry["model"]["parameters"] if kind == "size" else entry["seconds"] for entry in entries]
    values = [entry["suites"][suite]["value"] for entry in entries]
    several = len({entry.get("approach") for entry in entries}) > 1
    axes, svg = figure()
    points(axes, entries, costs, values)
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
            text = f"{rank} {entry.get('approach', '')}" if several else str(rank)
            axes.annotate(text.strip(), (x, y), (5, 4), textcoords="offset points", fontsize=7.5)
    return linked(
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
    axes, svg = figure()
    colours = [GOOD if value >= 0 else POOR for value in gains_by_task.values()]
    bars = axes.barh(list(gains_by_task), list(gains_by_task.values()), color=colours, height=0.65)
    axes.bar_label(bars, [marks.signed(value) for value in gains_by_task.values()], padding=3, fontsize=7.5, color=INK)
    axes.axvline(0, color=QUIET, linewidth=1)
    axes.set_xlim(-1.25 * bound if min(gains_by_task.values()) < 0 else 0, 1.25 * bound)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("points gained over zero-shot")
    return markup(svg(name))


def _noise(marks: Marks, names: Names) -> Any:
    """Return a scatter plot of noisy over clean scores; on the dashed line a noise costs nothing."""
    from xharness_leaderboard.site.marks import number

    clean, noisy = ([pair[side] for _, pair in marks.points] for side in (0, 1))
    entries = [entry for entry, _ in marks.points]
    axes, svg = figure()
    middle = (min(*clean, *noisy) + max(*clean, *noisy)) / 2
    half = max(_NARROWEST, 1.2 * (max(*clean, *noisy) - middle))
    bounds = middle - half, middle + half
    axes.plot(bounds, bounds, color=QUIET, linewidth=0.8, linestyle="--", zorder=1)
    points(axes, entries, clean, noisy)
    axes.set_xlim(*bounds)
    axes.set_ylim(*bounds)
    axes.set_xlabel("without noise")
    axes.set_ylabel(f"with noise, severity {marks.severity}")
    for index, (label, x, y) in enumerate(list(zip(_short(entries, names), clean, noisy))[:_NUMBERED]):
        left, above = x <= middle, index % 2 == 0
        offset, side = (5 if left else -5, 4 if above else -10), "left" if left else "right"
        axes.annotate(label, (x, y), offset, textcoords="offset points", fontsize=7.5, ha=side)
    titles = [
        f"{names[entry['id']]['label']}: {number(x)} without, {number(y)} with noise"
        for entry, x, y in zip(entries, clean, noisy)
    ]
    return linked(svg("noise"), entries, titles)


def _short(entries: Sequence[Any], names: Names) -> list[str]:
    """Return a short label of each entry: its model, with the recipe if several entries are of that model."""
    models = Counter(names[entry["id"]]["name"] for entry in entries)
    own = [names[entry["id"]] for entry in entries]
    labels = [each["name"] if models[each["name"]] == 1 else each["label"] for each in own]
    return [label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…" for label in labels]
