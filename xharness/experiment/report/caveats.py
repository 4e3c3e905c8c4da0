"""What limits the conclusions of a report, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness.experiment.report.arms import Compared
from xharness.experiment.report.settings import ReportSettings

_FEW_SEEDS = 5
Rows = Sequence[Mapping[str, Any]]


def caveats(rows: Rows, found: Mapping[str, Compared], settings: ReportSettings) -> Iterator[str]:
    """Yield the caveats of the rows of a report; `found` has their cells."""
    yield from _seeds(rows)
    yield from _left_out(rows)
    yield from _insensitive(rows, settings)
    if missing := [row["name"] for row in rows if row["retention"] is None]:
        yield f"no cell can be compared in {', '.join(missing)}"
    if settings.placebo is None:
        yield "no placebo row: an effect may come from the additional training alone"
    if unsure := [row["name"] for row in rows if row["effects"] and row["effects"]["retention"]["ci95"] is None]:
        yield f"no interval, since a cell has no bootstrap replicates: {', '.join(unsure)}"
    if len({arms.sign for each in found.values() for arms in each.cells.values()}) > 1:
        yield "some metrics are better when lower; points of such targets are negated before they are averaged"


def _seeds(rows: Rows) -> Iterator[str]:
    seeds = min((len(row["seeds"]) for row in rows if row["seeds"]), default=0)
    if seeds == 1:
        yield "one training seed: intervals are over examples only, and another seed may give another verdict"
    elif seeds < _FEW_SEEDS:
        yield f"{seeds} training seeds: the variance of seeds is not well known; use {_FEW_SEEDS} or more"


def _left_out(rows: Rows) -> Iterator[str]:
    """Yield the cells that are left out, with the rows that lack the same ones."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row["left_out"]:
            number = sum(each["cells"] for each in row["left_out"])
            reasons = "; ".join(f"{each['cells']}: {each['reason']}" for each in row["left_out"])
            text = f"{number} of {number + row['cells']} cells are left out ({reasons})"
            names.setdefault(text, []).append(row["name"])
    for text, alike in names.items():
        yield f"row{'s'[: len(alike) > 1]} {', '.join(alike)}: {text}"


def _insensitive(rows: Rows, settings: ReportSettings) -> Iterator[str]:
    """Yield a caveat if noise changes the baseline, the first row, less than the margin: few rows can be beyond it."""
    base = rows[0]
    if base["retention"] and abs(lost := base["retention"]["value"]) < settings.margin:
        yield (
            f"the log retention of '{base['name']}' is {lost:.3f}, within the margin of {settings.margin:g}: these "
            "targets hardly react to the noise, and 'no effect' says little"
        )
