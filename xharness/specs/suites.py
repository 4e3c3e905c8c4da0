"""What a suite declares: tasks, the groups they stand in, and how their scores are averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Named tasks and their averages.

    `tasks` maps each task to the languages that count, in the order in which they are summed (an empty tuple: all
    languages of the task). `groups` maps a group's name to its tasks, as published. The suite's value is the mean over
    tasks; a value with a missing part does not exist. `official_groups` are those that the official evaluator prints,
    where they are others than the published ones (empty: the same); it prints an overall score where every task stands
    in one of them.
    """

    name: str
    tasks: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    official_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summary: str = ""
    citation: str = ""
    homepage: str = ""
    api: int = 1
