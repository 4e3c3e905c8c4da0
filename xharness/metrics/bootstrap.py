"""Percentile bootstrap over the units of a score (Efron 1979), with draws that all models on the same data share.

What is drawn depends on the number of units alone, so that the r-th replicates of two models rest on the same examples:
their difference is a paired bootstrap replicate, without either's units at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Combine = Callable[["np.ndarray"], "np.ndarray"]

RESAMPLES = 1000
_CELLS = 2**22  # counts drawn at a time


def replicates(
    stats: np.ndarray, combine: Mapping[str, Combine], *, resamples: int = RESAMPLES
) -> dict[str, np.ndarray]:
    """Return each value of `combine` on every resample, shape (resamples,); empty for fewer than two units.

    `stats` has a row of sufficient statistics a unit; a combine maps the sums of rows, shape (resamples, columns), to
    values. The same arguments give the same replicates.
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
    """Return the percentile interval of each value of `combine`, empty for fewer than two units."""
    return {key: interval(found, level=level) for key, found in replicates(stats, combine, resamples=resamples).items()}


def interval(found: np.ndarray, *, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of replicates."""
    import numpy as np

    low, high = np.percentile(found, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


def over_seeds(found: np.ndarray) -> np.ndarray:
    """Return replicates of the mean over seeds, shape (resamples,), of each seed's, shape (seeds, resamples).

    Each resample draws one seed fewer than there are, with replacement: so their mean varies as the mean of all does,
    where as many draws would vary too little (Rao and Wu 1988, Resampling Inference with Complex Survey Data, JASA).
    What is drawn depends on the number of seeds alone. A single seed is taken as it is.
    """
    import numpy as np

    seeds, resamples = found.shape
    drawn = np.random.default_rng(seeds).integers(seeds, size=(max(1, seeds - 1), resamples))
    averaged: np.ndarray = found[drawn, np.arange(resamples)].mean(axis=0)
    return averaged


@lru_cache(maxsize=2)  # most languages of a task have as many examples
def _counts(n: int, resamples: int) -> tuple[np.ndarray, ...]:
    """Return how often each of n units occurs in each resample, in blocks of shape (some resamples, n)."""
    return tuple(_drawn(n, resamples))


def _drawn(n: int, resamples: int) -> Iterator[np.ndarray]:
    import numpy as np

    rng = np.random.default_rng(n)
    most = max(1, _CELLS // n)
    for start in range(0, resamples, most):
        rows = min(most, resamples - start)
        places = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        counts = np.bincount(places.ravel(), minlength=rows * n).reshape(rows, n)
        yield counts.astype(np.float32)
