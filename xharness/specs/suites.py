"""What a suite declares: tasks, the groups they stand in, and how their scores are averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Named tasks and their averages.

    `tasks` maps each task to the languages that count, in the order in which they are summed (an empty tuple: all
    languages of the task). `groups` maps a group's name to its tasks. The suite's value is the mean over tasks; a
    value with a missing part does not exist.
    """

    name: str
    tasks: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summary: str = ""
    citation: str = ""
    homepage: str = ""
    api: int = 1
