"""SVG drawn by matplotlib, in the colours of the page, without scripts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Placeholder colours of matplotlib, replaced by CSS variables of the page, so that charts follow light and dark mode.
_COLOURS = {"#000001": "--ink", "#000002": "--quiet", "#000003": "--rule", "#000004": "--good", "#000005": "--poor"}
INK, QUIET, RULE, GOOD, POOR = _COLOURS
_SIZE = (4.0, 2.9)  # inches
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "xharness",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "axes.edgecolor": RULE,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "text.color": INK,
    "font.size": 8,
}


def figure() -> tuple[Axes, Any]:
    """Return the axes of a new figure, and a function that returns its SVG with ids prefixed by a chart name."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    drawn = Figure(figsize=_SIZE, facecolor="none")
    FigureCanvasSVG(drawn)
    axes = drawn.add_axes((0.16, 0.17, 0.81, 0.79), facecolor="none")

    def svg(name: str) -> str:
        out = io.StringIO()
        drawn.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
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


def linked(svg: str, entries: Sequence[Any], titles: Sequence[str]) -> Any:
    """Link each point to the page of its entry. For the keyboard, the same links are in the table."""
    from markupsafe import escape

    def link(match: re.Match[str]) -> str:
        index = int(match[1])
        return (
            f'<a href="models/{escape(entries[index]["id"])}.html" tabindex="-1"><title>{escape(titles[index])}</title>'
        )

    return markup(re.sub(r'<a href="point:(\d+)"[^>]*>', link, svg))


def markup(svg: str) -> Any:
    """Return SVG that templates do not escape."""
    from markupsafe import Markup

    return Markup(svg)


def points(axes: Axes, entries: Sequence[Any], xs: Sequence[float], ys: Sequence[float]) -> None:
    """Draw a mark for each entry: a dot for zero-shot, a diamond for other recipes."""
    for plain, colour, marker in ((True, GOOD, "o"), (False, POOR, "D")):
        own = [at for at, entry in enumerate(entries) if (entry["recipe"]["name"] == "zero-shot") is plain]
        drawn = axes.scatter(
            [xs[at] for at in own], [ys[at] for at in own], s=24, c=colour, marker=marker, alpha=0.85, linewidths=0
        )
        drawn.set_urls([f"point:{at}" for at in own])
