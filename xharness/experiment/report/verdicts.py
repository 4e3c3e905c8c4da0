"""The rule that turns an effect into a verdict, and the correction of p for several rows."""

from __future__ import annotations

from collections.abc import Mapping

from xharness.experiment.report.contrasts import Contrast

IMPROVES, HARMS, NO_EFFECT, INCONCLUSIVE = "improves", "harms", "no effect", "inconclusive"
_LEVEL = 0.05
TASK, TRAINING, UNDECIDED = "the task", "the additional training", "not decided"


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Return p of each name, corrected for their number.

    Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure.
    """
    corrected: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(values, key=values.__getitem__)):
        highest = max(highest, min(1.0, (len(values) - rank) * values[name]))
        corrected[name] = highest
    return {name: corrected[name] for name in values}


def verdict(contrast: Contrast, p: float | None, margin: float) -> str:
    """Return the first rule that holds, given p after correction; an effect without an interval is inconclusive."""
    found = contrast.retention.ci95
    if found is None or p is None:
        return INCONCLUSIVE
    low, high = found
    if -margin < low and high < margin:
        return NO_EFFECT
    if low > 0 and p < _LEVEL and contrast.interaction.value > 0:
        return IMPROVES
    if high < 0 and p < _LEVEL and contrast.interaction.value < 0:
        return HARMS
    return INCONCLUSIVE


def cause(found: str, beside_placebo: str | None) -> str | None:
    """Return what makes the effect, given the verdicts against the baseline and the placebo; None without an effect."""
    if found not in (IMPROVES, HARMS):
        return None
    return {found: TASK, NO_EFFECT: TRAINING}.get(beside_placebo or "", UNDECIDED)


def verdicts(contrasts: Mapping[str, Contrast], margin: float) -> dict[str, tuple[float | None, str]]:
    """Return p after Holm's correction and the verdict of each row; rows without replicates have no p."""
    raw = {name: p for name, each in contrasts.items() if (p := each.retention.p) is not None}
    corrected = holm(raw)
    return {name: (corrected.get(name), verdict(each, corrected.get(name), margin)) for name, each in contrasts.items()}
