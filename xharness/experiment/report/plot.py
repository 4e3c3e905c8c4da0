"""The plot of a report: the difference of each row with its interval, beside the margin, as SVG without scripts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 720, 190, 24, 34, 26
_COLOURS = {"improves": "#1a7f37", "harms": "#b42318", "no effect": "#57606a", "inconclusive": "#9a6700"}
_MOST_TICKS = 8


def plot(report: Mapping[str, Any]) -> str:
    """Return the plot: a line for each row that is compared."""
    rows = [row for row in report["rows"] if row["effects"]]
    ends = [abs(end) for row in rows for end in (row["effects"]["retention"]["ci95"] or [])]
    values = [abs(row["effects"]["retention"]["value"]) for row in rows]
    reach = 1.1 * max([2 * report["margin"], *ends, *values])
    bottom = _TOP + _ROW * len(rows)

    def x(value: float) -> str:
        return f"{_LEFT + (value + reach) / (2 * reach) * (_WIDTH - _LEFT - _RIGHT):.1f}"

    margin = report["margin"]
    band = float(x(margin)) - float(x(-margin))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 44}" font-family="sans-serif" '
        'font-size="13" fill="#1f2328" role="img">',
        f"<title>{escape('Difference in log retention from ' + report['rows'][0]['name'])}</title>",
        f'<rect width="{_WIDTH}" height="{bottom + 44}" fill="#ffffff"/>',
        f'<rect x="{x(-margin)}" y="{_TOP}" width="{band:.1f}" height="{bottom - _TOP}" fill="#eaeef2"/>',
        f'<text x="{_LEFT}" y="20">less of the clean score kept</text>',
        f'<text x="{_WIDTH - _RIGHT}" y="20" text-anchor="end">more of the clean score kept</text>',
    ]
    for tick in _ticks(reach):
        colour = "#57606a" if tick == 0 else "#d0d7de"
        parts.append(f'<path d="M{x(tick)} {_TOP}V{bottom}" stroke="{colour}"/>')
        parts.append(
            f'<text x="{x(tick)}" y="{bottom + 16}" text-anchor="middle" font-size="11">{_number(tick)}</text>'
        )
    for number, row in enumerate(rows):
        parts += _line(row, _TOP + _ROW * number + _ROW / 2, x)
    middle = x(0)
    parts.append(
        f'<text x="{middle}" y="{bottom + 36}" text-anchor="middle">difference in log retention from '
        f"'{escape(report['rows'][0]['name'])}' (band: margin)</text>"
    )
    return "\n".join([*parts, "</svg>", ""])


def _number(value: float) -> str:
    return f"{value:+g}" if value else "0"


def _line(row: Mapping[str, Any], y: float, x: Any) -> list[str]:
    found, colour = row["effects"]["retention"], _COLOURS[row["verdict"]]
    name = row["name"] if len(row["name"]) <= 26 else f"{row['name'][:25]}…"
    parts = [f'<text x="{_LEFT - 10}" y="{y + 4:g}" text-anchor="end">{escape(name)}</text>']
    if found["ci95"]:
        low, high = map(x, found["ci95"])
        parts.append(f'<path d="M{low} {y:g}H{high}" stroke="{colour}" stroke-width="2"/>')
    label = f"{row['name']}: {found['value']:+.3f}, {row['verdict']}"
    parts.append(
        f'<circle cx="{x(found["value"])}" cy="{y:g}" r="4.5" fill="{colour}"><title>{escape(label)}</title></circle>'
    )
    return parts


def _ticks(reach: float) -> list[float]:
    """Return round values between -reach and reach, 0 among them."""
    rough = 2 * reach / _MOST_TICKS
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= rough)
    most = math.floor(reach / step)
    return [round(number * step, 10) for number in range(-most, most + 1)]
