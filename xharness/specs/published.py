"""What a published score is: a number, what it is of, and where it was read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from xharness.errors import PluginError

KINDS = ("published", "replication")


@dataclass(frozen=True, kw_only=True)
class PublishedSource:
    """Where published scores were read: `title` names paper and table, `url` leads there."""

    key: str
    title: str
    url: str

    def __post_init__(self) -> None:
        """Refuse what is no address: a page will link it."""
        if not self.url.startswith(("https://", "http://")):
            raise PluginError(f"source '{self.key}' of published scores: '{self.url}' is no http(s) address")


@dataclass(frozen=True, kw_only=True)
class PublishedRow:
    """A published score, from 0 to 100.

    `setting` is the name of a recipe where one does the same (`zero-shot`, `intermediate`). `task` is the name of a
    task, or of a suite whose average it is; `language` a code, or `avg` for the average over languages; `metric` the
    name of a value that the task's metrics give. `kind` is `published`, or `replication` for somebody's re-run.
    """

    model: str
    benchmark: str
    setting: str
    task: str
    language: str
    metric: str
    value: float
    kind: str
    source: PublishedSource
    note: str = ""
    api: int = 1

    def __post_init__(self) -> None:
        """Check what would mislead a reader in silence."""
        what = f"published score of '{self.model}', {self.task} {self.language} {self.metric}"
        if not (math.isfinite(self.value) and -100 <= self.value <= 100):
            raise PluginError(f"{what}: {self.value} is not on the scale from 0 to 100")
        if self.kind not in KINDS:
            raise PluginError(f"{what}: kind '{self.kind}' is none of {', '.join(KINDS)}")
