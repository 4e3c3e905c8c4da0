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
_FEW = 30  # examples


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
    pairs: Mapping[str, tuple[float, float]],
    replicates: Mapping[str, tuple[np.ndarray, np.ndarray]],
    sizes: Mapping[str, int],
) -> dict[str, Difference]:
    """Return the difference first minus second of each pair of values, corrected for all of them together.

    All are by the same names; the replicates of a pair must rest on the same examples. `sizes` are the numbers of
    examples, of an average the smallest among its parts: their draws are shared at most.
    """
    found = {name: _test(*replicates[name], sizes[name]) for name in pairs}
    corrected = holm({name: p for name, (_, p) in found.items()})
    return {
        name: Difference(pairs[name][0] - pairs[name][1], ci95, p, corrected[name]) for name, (ci95, p) in found.items()
    }


def _test(one: np.ndarray, other: np.ndarray, n: int) -> tuple[tuple[float, float], float]:
    """Return the interval of the difference and its two-sided p-value."""
    import numpy as np

    drawn = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    bounds = interval(drawn)
    assert bounds is not None
    return bounds, _p(drawn, n)


def _p(drawn: np.ndarray, n: int) -> float:
    """Return how likely a difference of `n` examples is that lies as far from none, where there is none.

    It is counted where enough replicates lie on the other side, but is never below the tail of a normal distribution
    as wide as no difference would make it: the variance of the replicates, and the square of their mean over `n`. Else
    it is that tail: what 1,000 resamples can count is never small enough to survive the correction for a few dozen
    tests. Few examples are no normal distribution: then it is not below what can be counted, nor below the sign test
    of the fewest examples that can lie so far from none.
    """
    mean, variance = float(drawn.mean()), float(drawn.var())
    if mean == 0:
        return 1.0
    squared = mean**2 / (variance + mean**2 / max(n, 1))
    centred = math.erfc(math.sqrt(squared / 2))
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    counted = min(1.0, 2 * (tail + 1) / (len(drawn) + 1))
    if n < _FEW:
        return max(counted, centred, min(1.0, 2 ** (1 - squared)))
    return max(counted, centred) if tail >= _COUNTED else centred


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
