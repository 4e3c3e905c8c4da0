"""Percentile bootstrap over the units of a score (Efron 1979), with the same draws for all models.

The draws depend only on the number of units. So the r-th replicates of two models use the same examples, and their
difference is a paired bootstrap replicate that needs no access to the units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Combine = Callable[["np.ndarray"], "np.ndarray"]

RESAMPLES = 1000
_CELLS = 2**22  # maximum size of a block of counts
_DRAWS = 2**17  # draws at once, which fit the cache


def replicates(
    stats: np.ndarray, combine: Mapping[str, Combine], *, resamples: int = RESAMPLES
) -> dict[str, np.ndarray]:
    """Return the bootstrap replicates of each value of `combine`, shape (resamples,); empty for fewer than two units.

    `stats` has one row of sufficient statistics per unit; each function of `combine` maps sums of rows, shape
    (resamples, columns), to values. The result is deterministic.
    """
    import numpy as np

    if len(stats) < 2:
        return {}
    rows = np.asarray(stats, dtype=np.float32)
    sums = np.concatenate([counts @ rows for counts in _counts(len(rows), resamples)]).astype(np.float64)
    return {key: function(sums) for key, function in combine.items()}


def intervals(
    stats: np.ndarray, combine: Mapping[str, Combine], *, resamples: int = RESAMPLES, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Return the percentile interval of each value of `combine`; empty for fewer than two units."""
    return {
        key: interval(values, level=level) for key, values in replicates(stats, combine, resamples=resamples).items()
    }


def interval(values: np.ndarray, *, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of replicates."""
    import numpy as np

    low, high = np.percentile(values, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


def over_seeds(values: np.ndarray) -> np.ndarray:
    """Return replicates of the mean over seeds, shape (resamples,), given those of each seed, shape (seeds, resamples).

    Each resample draws one seed fewer than there are, with replacement, which gives the mean of the draws the variance
    of the mean over all seeds; drawing as many as there are underestimates it (Rao and Wu 1988, Resampling Inference
    with Complex Survey Data, JASA). The draws depend only on the number of seeds. A single seed is returned unchanged.
    """
    import numpy as np

    seeds, resamples = values.shape
    if seeds == 1:
        single: np.ndarray = values[0]
        return single
    drawn = np.random.default_rng(seeds).integers(seeds, size=(seeds - 1, resamples))
    averaged: np.ndarray = values[drawn, np.arange(resamples)].mean(axis=0)
    return averaged


@lru_cache(maxsize=2)  # most languages of a task have the same number of examples
def _counts(n: int, resamples: int) -> tuple[np.ndarray, ...]:
    """Return the count of each of n units in each resample, in blocks of shape (resamples of the block, n)."""
    return tuple(_drawn(n, resamples))


def _drawn(n: int, resamples: int) -> Iterator[np.ndarray]:
    import numpy as np

    rng = np.random.default_rng(n)
    block = max(1, _CELLS // n)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        counts = np.empty((rows, n), dtype=np.float32)
        few = max(1, _DRAWS // n)
        for first in range(0, rows, few):
            part = counts[first : first + few]
            for row, drawn in zip(part, rng.integers(n, size=part.shape), strict=True):
                row[:] = np.bincount(drawn, minlength=n)
        yield counts
