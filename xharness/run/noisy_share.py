"""Estimate the share of the rows of a split that a noise changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.errors import XHarnessError
from xharness.run.steps.noise import changes
from xharness.specs.noises import Noise
from xharness.specs.stage_params import Noising
from xharness.specs.tasks import Task

if TYPE_CHECKING:
    from datasets import Dataset

SAMPLED = 16  # rows


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
