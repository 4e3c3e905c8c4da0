"""The result of one check, of a machine or of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xharness.errors import few

OK = "ok"
"""The state of a finding: all is well."""
NOTE = "note"
"""The state of a finding: the user should know it."""
FAILED = "failed"
"""The state of a finding: a run fails until it is repaired."""


@dataclass(frozen=True)
class Finding:
    """The result of a check, in one line.

    `state` is `ok`, `note` (the user should know it) or `failed` (a run fails until it is repaired). `facts` are the
    same for programs, as JSON values.
    """

    part: str
    name: str
    state: str
    found: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the finding as JSON values, without empty facts."""
        about = {"part": self.part, "name": self.name, "state": self.state, "found": self.found}
        return about | ({"facts": dict(self.facts)} if self.facts else {})


def tokens_per_word(counts: Mapping[str, float]) -> Finding:
    """Return the finding on the mean number of tokens of a word by language."""
    most = sorted(counts, key=lambda code: -counts[code])
    mean = sum(counts.values()) / max(1, len(counts))
    named = few([f"{code} {counts[code]:.1f}" for code in most[:3]])
    found = f"{mean:.1f}, mean of {len(counts)} languages; most: {named}"
    rounded = {code: round(value, 2) for code, value in counts.items()}
    return Finding("tokenizer", "tokens per word", OK, found, {"tokens_per_word": rounded})
