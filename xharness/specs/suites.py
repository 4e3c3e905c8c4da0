"""What a suite declares: tasks, their groups, and how scores are averaged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from xharness.errors import PluginError, unknown


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Named tasks and their averages.

    `tasks` maps each task to its evaluated languages, in the order in which they are summed (an empty tuple: all
    languages of the task). `groups` maps the name of a published group to its tasks. The value of the suite is the mean
    over tasks; an average with a missing part has no value. `official_groups` are the groups of the official evaluator
    if they differ from the published ones (empty: the same); it prints an overall score if every task is in a group.

    `weights` replaces the mean over tasks: the value is the mean of the named groups or tasks, each with its weight
    above 0. `{"words": 3, "search": 1}` counts the mean of the group `words` three times as much as that of `search`.
    Tasks that no weight reaches are evaluated, but are not part of the value. Raises PluginError for an unknown name or
    a weight that is not above 0.
    """

    name: str
    tasks: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    official_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    summary: str = ""
    citation: str = ""
    homepage: str = ""
    api: int = 1

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if name not in self.groups and name not in self.tasks:
                raise PluginError(f"suite '{self.name}': weights: {unknown('group or task', name, self._parts())}")
            if not (math.isfinite(weight) and weight > 0):
                raise PluginError(f"suite '{self.name}': weights: {name} has {weight}; a weight must be above 0")

    def _parts(self) -> list[str]:
        return [*self.groups, *self.tasks]

    @property
    def shares(self) -> dict[str, float]:
        """Return the share of each task in the value of the suite, above 0 and 1 in total; empty for the plain mean."""
        shares: dict[str, float] = {}
        every = math.fsum(self.weights.values())
        for name, weight in self.weights.items():
            tasks = self.groups.get(name, (name,))
            for task in tasks:
                shares[task] = shares.get(task, 0.0) + weight / len(tasks) / every
        return shares

    def average(self, scores: Mapping[str, float]) -> float:
        """Return the value of the suite from the scores of all its tasks."""
        from xharness.metrics.base import mean, total

        if not self.weights:
            return mean(scores[task] for task in self.tasks)
        return total(share * scores[task] for task, share in self.shares.items())
