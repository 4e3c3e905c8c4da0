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
    yield from map(_left_out, filter(lambda row: row["left_out"], rows))
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


def _left_out(row: Mapping[str, Any]) -> str:
    number = sum(each["cells"] for each in row["left_out"])
    reasons = "; ".join(f"{each['cells']}: {each['reason']}" for each in row["left_out"])
    return f"row '{row['name']}': {number} of {number + row['cells']} cells are left out ({reasons})"
