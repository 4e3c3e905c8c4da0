"""Estimate the share of the rows of a split that a noise changes."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean
from typing import TYPE_CHECKING

from xharness.errors import XHarnessError
from xharness.run.steps.noise import changes
from xharness.specs.noises import Noise
from xharness.specs.stage_params import Noising
from xharness.specs.tasks import Task

if TYPE_CHECKING:
    from datasets import Dataset

SAMPLED = 16  # rows
_MOST = 100  # splits


class Shares:
    """Shares of rows that noises change, measured on some splits, because noises change some thousand rows a second.

    After `_MOST` splits, the share is the mean of those that were measured with the same noise and severity, if any.
    """

    def __init__(self) -> None:
        self._measured: dict[tuple[str, int], list[float]] = {}
        self._left = _MOST

    def share(self, task: Task, noise: Noise, params: Noising, sample: Callable[[], Dataset]) -> float:
        """Return the share of the rows of a split that a noise changes, from 0 to 1; `sample` returns some of them."""
        known = self._measured.setdefault((params.noise, params.severity), [])
        if self._left > 0 or not known:
            self._left -= 1
            known.append(changed_share(task, noise, params, sample()))
            return known[-1]
        return mean(known)


def changed_share(task: Task, noise: Noise, params: Noising, sample: Dataset) -> float:
    """Return the share of sampled rows that a noise changes, from 0 to 1.

    It is 1, an upper bound, where the noise reads the tables of a package, which takes seconds, or cannot edit a row.
    """
    if noise.packages(params.seeded_by[1]) or not len(sample):
        return 1.0
    try:
        changed = [bool(done.edits) for _, _, _, done in changes(task, noise, params, sample)]
    except XHarnessError:
        return 1.0
    return sum(changed) / len(changed)
