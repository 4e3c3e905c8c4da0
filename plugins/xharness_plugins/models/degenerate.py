"""Trainings that did not leave chance: large encoders on small tasks sometimes never do.

Phang et al. 2018, Sentence Encoders on STILTs; Mosbach et al. 2021, On the Stability of Fine-tuning BERT, ICLR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from xharness import Example, Task

if TYPE_CHECKING:
    from xharness.engine.training import Progress

_POINTS, _SHARE = 2.0, 0.97
# Seeds that users ask for lie close together, and another of theirs would be the same training twice.
_APART = 1000


def sign(task: Task, rows: Sequence[Example], progress: Progress) -> dict[str, float] | None:
    """Return what shows that a training stayed at chance level, None where it did not, or where chance is not known.

    A best dev accuracy of at most two points above an equal guess; where none was looked at, a mean loss in the last
    tenth of the steps of at least 0.97 of the logarithm of the number of classes, or choices.
    """
    if task.kind.capability not in ("classify", "choose"):
        return None
    classes = len(getattr(task, "labels", ())) or len(rows[0]["choices"])
    chance, guessing = 100 / classes, math.log(classes)
    if progress.best and task.headline_names == ("accuracy",):
        accuracy = progress.best[1]
        return {"dev_accuracy": accuracy, "chance": chance} if accuracy <= chance + _POINTS else None
    loss = fmean(progress.losses)
    return {"loss": loss, "chance": guessing} if loss >= _SHARE * guessing else None


def another(seed: int, tries: int) -> int:
    """Return the seed of a training after some that failed."""
    return seed + _APART * tries


def told(found: list[dict[str, Any]], last: dict[str, float] | None, progress: Progress) -> dict[str, Any]:
    """Return what the report of a training says of its health: failed seeds, and remarks for its readers."""
    remarks = [_remark("restarted_run", seed=each["seed"], **_facts(each["sign"])) for each in found]
    if last:
        remarks.append(_remark("failed_run", **last))
    if progress.warmup >= progress.step:
        remarks.append(_remark("short_warmup", step=progress.step, warmup=progress.warmup))
    return {**({"degenerate": found} if found else {}), **({"remarks": remarks} if remarks else {})}


def _remark(code: str, **facts: Any) -> dict[str, Any]:
    return {"code": code, "facts": facts}


def _facts(sign: dict[str, float] | str) -> dict[str, float]:
    """Return what showed that a training failed; a training that an older version began kept a sentence."""
    return {} if isinstance(sign, str) else sign
