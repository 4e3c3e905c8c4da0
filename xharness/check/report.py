"""The result of checking a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xharness.specs.findings import FAILED, Finding


@dataclass(frozen=True)
class Report:
    """What was found on a checkpoint, and the command to run next, None if no task can be evaluated with it."""

    model: str
    adapter: str
    findings: Sequence[Finding]
    command: str | None

    @property
    def stops(self) -> bool:
        """Return whether a finding stops a run."""
        return any(finding.state == FAILED for finding in self.findings)

    def record(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "model": self.model,
            "adapter": self.adapter,
            "stops": self.stops,
            "findings": [finding.record() for finding in self.findings],
            "next": self.command,
        }
