"""Statistics of bootstrap replicates: intervals, rank intervals, and significance of differences.

Replicates of cells with the same examples share their draws. So the difference of two rows is a paired bootstrap
replicate of the difference (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 16), and the mean of
rows is a replicate of the mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


_COUNTED = 10  # minimum number of resamples in the tail for a counted p-value
_FEW = 30  # below this number of examples no normal approximation is used


@dataclass(frozen=True)
class Difference:
    """A difference with its 95 % interval and two-sided p-value.

    `p_holm` is the p-value after Holm's correction for all tests of the same call.
    """

    difference: float
    ci95: tuple[float, float]
    p: float
    p_holm: float


def interval(replicates: np.ndarray | None) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of replicates, shape (resamples,); None without replicates."""
    import numpy as np

    if replicates is None:
        return None
    low, high = np.percentile(replicates, (2.5, 97.5))
    return float(low), float(high)


def mean(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Return the replicates of the mean of parts; None if a part has no replicates."""
    import numpy as np

    rows = [part for part in parts if part is not None]
    if not rows or len(rows) < len(parts):
        return None
    averaged: np.ndarray = np.stack(rows).astype(np.float64).mean(axis=0)
    return averaged


def weighted(parts: Mapping[str, np.ndarray | None], shares: Mapping[str, float]) -> np.ndarray | None:
    """Return the replicates of the sum of parts by their shares; None if a part with a share has no replicates."""
    import numpy as np

    total = None
    for name, share in shares.items():
        part = parts.get(name)
        if part is None:
            return None
        term = share * part.astype(np.float64)
        total = term if total is None else total + term
    return total


def ranks(values: Sequence[float], *, higher_is_better: bool = True) -> list[int]:
    """Return the rank of each value, from 1; ties share the better rank."""
    signed = [-value if higher_is_better else value for value in values]
    return [1 + sum(other < one for other in signed) for one in signed]


def rank_intervals(
    replicates: Sequence[np.ndarray | None], *, higher_is_better: bool = True
) -> list[tuple[int, int] | None]:
    """Return the 95 % interval of the rank of each row; None for all if a row has no replicates."""
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
    """Return the difference first minus second of each pair of values, with p-values corrected for all pairs.

    The arguments have the same keys; the replicates of a pair must be of the same examples. `sizes` are the numbers of
    examples, for an average the smallest among its parts.
    """
    tests = {name: _test(*replicates[name], sizes[name]) for name in pairs}
    corrected = holm({name: p for name, (_, p) in tests.items()})
    return {
        name: Difference(pairs[name][0] - pairs[name][1], ci95, p, corrected[name]) for name, (ci95, p) in tests.items()
    }


def _test(one: np.ndarray, other: np.ndarray, n: int) -> tuple[tuple[float, float], float]:
    """Return the interval of the difference and its two-sided p-value."""
    import numpy as np

    drawn = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    bounds = interval(drawn)
    assert bounds is not None
    return bounds, _p(drawn, n)


def _p(drawn: np.ndarray, n: int) -> float:
    """Return the two-sided p-value of a difference over `n` examples under the null hypothesis of no difference.

    If enough replicates are on the other side of 0, they are counted. The p-value is never below the tail of a normal
    distribution with the variance under the null: the variance of the replicates plus their squared mean over `n`. With
    too few replicates on the other side it is that tail, since a p-value counted in 1,000 resamples is too large to
    survive the correction for a few dozen tests. With few examples the normal approximation does not hold: then the
    p-value is at least the counted one, and at least that of the sign test with the fewest examples that can give such
    a difference.
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
    """Return p-values with Holm's correction (Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure)."""
    corrected: dict[str, float] = {}
    highest = 0.0
    for index, (name, p) in enumerate(sorted(p_values.items(), key=lambda entry: (entry[1], entry[0]))):
        highest = max(highest, min(1.0, p * (len(p_values) - index)))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}


def spread(values: Sequence[float]) -> float | None:
    """Return the standard deviation over seeds, None for fewer than two."""
    import statistics

    return statistics.stdev(values) if len(values) > 1 else None
