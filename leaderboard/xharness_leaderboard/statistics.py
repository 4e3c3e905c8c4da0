"""What bootstrap replicates tell: intervals, ranks with their uncertainty, and which differences are significant.

Replicates of cells that rest on the same examples share their draws, so that the difference of two rows is a paired
bootstrap replicate of the difference (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 16), and the
mean of rows is a replicate of the mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


_COUNTED = 10  # resamples


@dataclass(frozen=True)
class Difference:
    """By how much one is better than another, with its 95 % interval and two-sided p-value.

    `p_holm` is the p-value after Holm's correction for all tests made together.
    """

    difference: float
    ci95: tuple[float, float]
    p: float
    p_holm: float


def interval(replicates: np.ndarray | None) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of replicates, shape (resamples,); None without any."""
    import numpy as np

    if replicates is None:
        return None
    low, high = np.percentile(replicates, (2.5, 97.5))
    return float(low), float(high)


def mean(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Return the replicates of the mean of parts; None where a part has none."""
    import numpy as np

    found = [part for part in parts if part is not None]
    if not found or len(found) < len(parts):
        return None
    averaged: np.ndarray = np.stack(found).astype(np.float64).mean(axis=0)
    return averaged


def ranks(values: Sequence[float], *, higher_is_better: bool = True) -> list[int]:
    """Return the rank of each value, from 1; equal values share the better rank."""
    signed = [-value if higher_is_better else value for value in values]
    return [1 + sum(other < one for other in signed) for one in signed]


def rank_intervals(
    replicates: Sequence[np.ndarray | None], *, higher_is_better: bool = True
) -> list[tuple[int, int] | None]:
    """Return the 95 % interval of the rank of each among all; None for those without replicates.

    Those without replicates take no part, so that there is no interval at all while one of those ranked has none.
    """
    import numpy as np

    if any(row is None for row in replicates) or not replicates:
        return [None] * len(replicates)
    rows = np.stack([row for row in replicates if row is not None])
    signed = -rows if higher_is_better else rows
    ranked = np.stack([1 + (signed < one).sum(axis=0) for one in signed])
    low, high = np.percentile(ranked, (2.5, 97.5), axis=1)
    return [(int(np.floor(below)), int(np.ceil(above))) for below, above in zip(low, high, strict=True)]


def compared(
    pairs: Mapping[str, tuple[float, float]], replicates: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> dict[str, Difference]:
    """Return the difference first minus second of each pair of values, corrected for all of them together.

    Both are by the same names; the replicates of a pair must rest on the same examples.
    """
    found = {name: _test(*replicates[name]) for name in pairs}
    corrected = holm({name: p for name, (_, p) in found.items()})
    return {
        name: Difference(pairs[name][0] - pairs[name][1], ci95, p, corrected[name]) for name, (ci95, p) in found.items()
    }


def _test(one: np.ndarray, other: np.ndarray) -> tuple[tuple[float, float], float]:
    """Return the interval of the difference and its two-sided p-value."""
    import numpy as np

    drawn = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    bounds = interval(drawn)
    assert bounds is not None
    return bounds, _p(drawn)


def _p(drawn: np.ndarray) -> float:
    """Return how likely a difference is that lies as far from none as the replicates do.

    It is counted where enough of them lie on the other side, else it is the tail of a normal distribution as wide as
    they are: what 1,000 resamples can count is never small enough to survive the correction for a few dozen tests.
    """
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    if tail >= _COUNTED or drawn.min() == drawn.max():
        return min(1.0, 2 * (tail + 1) / (len(drawn) + 1))
    return math.erfc(abs(float(drawn.mean())) / float(drawn.std()) / math.sqrt(2))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values corrected for as many tests (Holm 1979, A Simple Sequentially Rejective Procedure)."""
    corrected: dict[str, float] = {}
    highest = 0.0
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda entry: (entry[1], entry[0]))):
        highest = max(highest, min(1.0, p * (len(p_values) - place)))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}


def spread(values: Sequence[float]) -> float | None:
    """Return the standard deviation over seeds; None for fewer than two."""
    import statistics

    return statistics.stdev(values) if len(values) > 1 else None
