"""Formatting of numbers, and of missing numbers, on the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

MARKS = {"failed": "✕", "skipped": "○", "not_run": "–", "conflict": "≠"}
WORDS = {"failed": "failed", "skipped": "skipped", "not_run": "not run", "conflict": "runs disagree"}
FLAGGED, FLAG = "†", "data or metrics differ from most entries"


def number(value: float | None, digits: int = 1) -> str:
    """Format a score; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float | None, digits: int = 1) -> str:
    """Format a difference with its sign; a dash for None."""
    return "–" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def interval(ci95: Sequence[float] | None) -> str:
    """Format a 95 % interval as half of its width; empty for None."""
    return "" if ci95 is None else f"± {(ci95[1] - ci95[0]) / 2:.1f}"


def size(parameters: int) -> str:
    """Format a number of parameters, for example 278 M; 0 stands for an unknown number."""
    if not parameters:
        return "unknown"
    for unit, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if parameters >= unit:
            scaled = parameters / unit
            return f"{scaled:.1f} {name}" if scaled < 10 and name == "B" else f"{scaled:.0f} {name}"
    return str(parameters)


def duration(seconds: float | None) -> str:
    """Format a duration in its two largest units, for example 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def percent(share: float) -> str:
    """Format a fraction as percentage, rounded down, so that only 1 gives 100 %."""
    return f"{int(share * 100 + 1e-9)} %"


def state(cell: Mapping[str, Any] | None) -> str:
    """Return the status of a cell without a value; None is a cell that is not in a run."""
    if cell is None:
        return "not_run"
    return "conflict" if "conflict" in cell["flags"] else str(cell["status"])


def score_cell(value: float | None, ci95: Sequence[float] | None = None, *, key: str = "", why: str = "") -> Markup:
    """Return the table cell of a score; `why` is shown if the value is None."""
    from markupsafe import Markup, escape

    named = f' data-key="{escape(key)}"' if key else ""
    if value is None:
        reason = escape(why or "no value")
        return Markup(
            f'<td class="n no"{named}><span title="{reason}">–</span><span class="unseen"> {reason}</span></td>'
        )
    bounds = f' <span class="ci">{interval(ci95)}</span>' if ci95 else ""
    title = f' title="95 % interval {ci95[0]:.2f} to {ci95[1]:.2f}"' if ci95 else ""
    return Markup(f'<td class="n"{named} data-v="{value:.6g}"{title}>{number(value)}{bounds}</td>')


def number_cells(values: Iterable[float | None]) -> Markup:
    """Return the table cells of scores."""
    from markupsafe import Markup

    return Markup("".join([f'<td class="n">{number(value)}</td>' for value in values]))


def difference_cell(row: dict[str, Any]) -> Markup:
    """Return the table cell of a row with `difference`, `ci95` and `p_holm`; significant differences are marked."""
    from markupsafe import Markup

    value, p = row["difference"], row["p_holm"]
    if value is None:
        return Markup('<td class="n no">–</td>')
    direction = "" if p is None or p >= 0.05 else " up" if value > 0 else " down"
    bounds = f' <span class="ci">{interval(row["ci95"])}</span>' if row["ci95"] else ""
    return Markup(f'<td class="n{direction}">{signed(value)}{"*" if direction else ""}{bounds}</td>')
