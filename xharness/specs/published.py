"""What a published score declares: the number, what it measures, and its source."""

from __future__ import annotations

import math
from dataclasses import dataclass

from xharness.errors import PluginError

KINDS = ("published", "replication")


@dataclass(frozen=True, kw_only=True)
class PublishedSource:
    """The source of published scores: `title` names paper and table, `url` is its address."""

    key: str
    title: str
    url: str

    def __post_init__(self) -> None:
        """Refuse a `url` that a page cannot link to."""
        if not self.url.startswith(("https://", "http://")):
            raise PluginError(
                f"source '{self.key}' of published scores: '{self.url}' must begin with https:// or http://"
            )


@dataclass(frozen=True, kw_only=True)
class PublishedRow:
    """A published score, from 0 to 100.

    `setting` is the name of the recipe that does the same, if there is one (`zero-shot`, `intermediate`). `task` is a
    task, or a suite for its average; `language` a code, or `avg` for the average over languages; `metric` the name of
    a value of the task's metrics. `kind` is `published`, or `replication` if somebody else reproduced the number.
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
        """Refuse a number or kind that a page would show wrongly."""
        what = f"published score of '{self.model}', {self.task} {self.language} {self.metric}"
        if not (math.isfinite(self.value) and -100 <= self.value <= 100):
            raise PluginError(f"{what}: {self.value} is not on the scale from 0 to 100")
        if self.kind not in KINDS:
            raise PluginError(f"{what}: unknown kind '{self.kind}'; expected {' or '.join(KINDS)}")
