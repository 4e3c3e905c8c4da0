"""How much a score suffers from noise: relative drops, mean corruption error, effective robustness.

Scores are on the 0 to 100 scale, higher is better; errors are 100 minus a score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xharness.metrics.base import mean

LEAST_ABOVE_CHANCE = 2.0
"""Points that a clean score must be above chance, so that a drop can be put in relation to it."""
LEAST_BASELINES = 5
"""Baselines that a fit needs."""
_LEAST_RISE = 0.5
"""Points by which the errors of the reference must rise at each severity, so that a noise can be compared with it."""
_CLIP = 0.005, 0.995


def relative_drop(clean: float, noisy: float, chance: float) -> float | None:
    """Return the share, in percent, of what a clean score is above chance that noise takes away.

    None if the clean score is less than 2 points above chance. The performance drop rate of Zhu et al. 2023
    (PromptBench), corrected for chance.
    """
    above = clean - chance
    return None if above < LEAST_ABOVE_CHANCE else 100.0 * (clean - noisy) / above


def mean_corruption_error(errors: Mapping[str, Sequence[float]], reference: Mapping[str, Sequence[float]]) -> float:
    """Return the mean over noises of the summed errors over severities, in percent of the reference's (mCE).

    Both map a noise to its errors at the same severities. The reference itself has 100; lower is better. Hendrycks and
    Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions and Perturbations, ICLR. ValueError
    if noises or severities differ, or the reference has no errors.
    """
    _check(errors, reference)
    return 100.0 * mean([sum(errors[name]) / sum(reference[name]) for name in errors])


@dataclass(frozen=True)
class RelativeError:
    """A relative mean corruption error, None if no noise is left, and the noises that were left out."""

    value: float | None
    left_out: tuple[str, ...]


def relative_corruption_error(
    errors: Mapping[str, Sequence[float]],
    clean: float,
    reference: Mapping[str, Sequence[float]],
    clean_reference: float,
) -> RelativeError:
    """Return the mean over noises of the rise of the errors above clean, in percent of the reference's (relative mCE).

    A noise that raises the errors of the reference by less than half a point a severity is left out.
    """
    _check(errors, reference)
    shares: dict[str, float] = {}
    for name, found in errors.items():
        rise = sum(error - clean_reference for error in reference[name])
        if abs(rise) >= _LEAST_RISE * len(found):
            shares[name] = sum(error - clean for error in found) / rise
    value = 100.0 * mean(shares.values()) if shares else None
    return RelativeError(value, tuple(name for name in errors if name not in shares))


def _check(errors: Mapping[str, Sequence[float]], reference: Mapping[str, Sequence[float]]) -> None:
    if not errors or errors.keys() != reference.keys():
        raise ValueError("errors and reference must have the same noises, and at least one")
    if any(not found or len(found) != len(reference[name]) for name, found in errors.items()):
        raise ValueError("errors and reference must have the same severities")


@dataclass(frozen=True)
class Expectation:
    """What clean scores let expect of noisy ones: a line through the logits of both."""

    intercept: float
    slope: float

    def noisy(self, clean: float) -> float:
        """Return the noisy score that is expected of a clean one."""
        return 100.0 / (1.0 + math.exp(-(self.intercept + self.slope * _logit(clean))))

    def effective_robustness(self, clean: float, noisy: float) -> float:
        """Return how many points a noisy score is above what the clean one lets expect."""
        return noisy - self.noisy(clean)


def expectation(baselines: Sequence[tuple[float, float]]) -> Expectation | None:
    """Fit (clean, noisy) scores of baselines by least squares on their logits.

    None for fewer than 5 baselines, or where all have the same clean score. Taori et al. 2020, Measuring Robustness to
    Natural Distribution Shifts in Image Classification, NeurIPS.
    """
    if len(baselines) < LEAST_BASELINES:
        return None
    points = [(_logit(clean), _logit(noisy)) for clean, noisy in baselines]
    x_mean, y_mean = (mean(values) for values in zip(*points, strict=True))
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    if spread < 1e-12:
        return None
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    return Expectation(y_mean - slope * x_mean, slope)


def _logit(score: float) -> float:
    share = min(max(score / 100.0, _CLIP[0]), _CLIP[1])
    return math.log(share / (1.0 - share))
