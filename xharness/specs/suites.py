"""What a suite declares: tasks, their groups, and how scores are averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Named tasks and their averages.

    `tasks` maps each task to its evaluated languages, in the order in which they are summed (an empty tuple: all
    languages of the task). `groups` maps the name of a published group to its tasks. The value of the suite is the mean
    over tasks; an average with a missing part has no value. `official_groups` are the groups of the official evaluator
    if they differ from the published ones (empty: the same); it prints an overall score if every task is in a group.
    """

    name: str
    tasks: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    official_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summary: str = ""
    citation: str = ""
    homepage: str = ""
    api: int = 1
