"""Detect failed trainings, whose accuracy stays at chance: large encoders on small tasks sometimes do.

Phang et al. 2018, Sentence Encoders on STILTs; Mosbach et al. 2021, On the Stability of Fine-tuning BERT, ICLR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from xharness import Example, Task
from xharness_plugins.models.heads.table import HEADS

if TYPE_CHECKING:
    from xharness.engine.training import TrainingProgress

_POINTS, _SHARE = 2.0, 0.97
# The seeds of a user are close together; a rerun must not repeat the training of another seed.
_APART = 1000


def sign(task: Task, rows: Sequence[Example], progress: TrainingProgress) -> dict[str, float] | None:
    """Return the evidence that a training failed, None if it did not fail or chance is not known.

    The evidence is a best dev accuracy of at most two points above chance; without a dev accuracy, it is a mean loss in
    the last tenth of the steps of at least 0.97 times the logarithm of the number of classes or choices.
    """
    count = HEADS[task.kind.capability].classes
    if count is None:
        return None
    classes = count(task, rows)
    chance, guessing = 100 / classes, math.log(classes)
    if progress.best and task.headline_names == ("accuracy",):
        accuracy = progress.best[1]
        return {"dev_accuracy": accuracy, "chance": chance} if accuracy <= chance + _POINTS else None
    loss = fmean(progress.losses)
    return {"loss": loss, "chance": guessing} if loss >= _SHARE * guessing else None


def next_seed(seed: int, failed: int) -> int:
    """Return the seed of the training after some that failed."""
    return seed + _APART * failed


def report(failed: list[dict[str, Any]], last: dict[str, float] | None, progress: TrainingProgress) -> dict[str, Any]:
    """Return the entries of a training's report on failed runs: their seeds and the evidence, and remarks for readers.

    `failed` are the trainings before the last one, `last` is the evidence for the last one, None if it did not fail.
    """
    remarks = [_remark("restarted_run", seed=each["seed"], **_facts(each["sign"])) for each in failed]
    if last:
        remarks.append(_remark("failed_run", **last))
    if progress.warmup >= progress.step:
        remarks.append(_remark("short_warmup", step=progress.step, warmup=progress.warmup))
    return {**({"degenerate": failed} if failed else {}), **({"remarks": remarks} if remarks else {})}


def _remark(code: str, **facts: Any) -> dict[str, Any]:
    return {"code": code, "facts": facts}


def _facts(sign: dict[str, float] | str) -> dict[str, float]:
    """Return the evidence that a training failed; older versions saved a sentence instead."""
    return {} if isinstance(sign, str) else sign
