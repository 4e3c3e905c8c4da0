"""The table `[report]` of an experiment file: the severity, the margin and the placebo row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from xharness.errors import BadRequest, unknown
from xharness.specs.noises import DEFAULT_SEVERITY, SEVERITIES, NoiseSetting


@dataclass(frozen=True, kw_only=True)
class ReportSettings:
    """What is decided before a run.

    The primary endpoint is computed at `severity`. An effect within `margin`, in log retention, counts as none.
    `placebo` is the row that separates an effect of the task from one of more training; None if there is no such row.
    """

    severity: int = DEFAULT_SEVERITY
    margin: float = 0.05
    placebo: str | None = None

    def check(self, noises: Iterable[NoiseSetting]) -> None:
        """Raise BadRequest if the baseline has no noise at the severity of the primary endpoint."""
        found = sorted({noise.severity for noise in noises})
        if self.severity not in found:
            have = f"the severities {', '.join(map(str, found))}" if found else "no noises"
            raise BadRequest(
                f"report, severity {self.severity}: the baseline has {have}; add a noise at this severity, such as "
                f'noises = ["char_swap:{self.severity}"]'
            )


def report_settings(table: Any, rows: Sequence[str], baseline: str) -> ReportSettings:
    """Read the table `[report]`; BadRequest for unknown keys and invalid values."""
    if not isinstance(table, Mapping):
        raise BadRequest("report: must be a table [report] with the keys severity, margin and placebo")
    known = [field.name for field in fields(ReportSettings)]
    for key in table:
        if key not in known:
            raise unknown("key of report", key, known)
    settings = ReportSettings(**table)
    if type(settings.severity) is not int or settings.severity not in SEVERITIES:
        raise BadRequest(f"report, severity {settings.severity!r}: must be a whole number from 1 to {max(SEVERITIES)}")
    if type(settings.margin) not in (int, float) or not 0 < settings.margin < 1:
        raise BadRequest(f"report, margin {settings.margin!r}: must be a number between 0 and 1")
    if settings.placebo is not None and settings.placebo not in rows:
        raise unknown("placebo", str(settings.placebo), rows)
    if settings.placebo == baseline:
        raise BadRequest(
            f"report, placebo '{baseline}': this row is the baseline; name another row or leave the key out"
        )
    return settings
