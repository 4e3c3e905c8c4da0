"""Percentile bootstrap over the units of a score (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Combine = Callable[["np.ndarray"], "np.ndarray"]

_CELLS = 2**22  # counts held at a time


def interval(
    stats: np.ndarray, combine: Combine, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float] | None:
    """Return the percentile interval of a value; see `intervals`."""
    return intervals(stats, {"value": combine}, resamples=resamples, seed=seed, level=level).get("value")


def intervals(
    stats: np.ndarray, combine: Mapping[str, Combine], *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Return (low, high) of each value of `combine`, empty for fewer than two units.

    `stats` has a row of sufficient statistics a unit; a combine maps the sums of rows, shape (resamples, columns), to
    values. How often each of the distinct rows occurs in a resample is drawn from a multinomial distribution, which is
    the same as drawing units with replacement, and much faster. The same arguments give the same interval.
    """
    import numpy as np

    if len(stats) < 2:
        return {}
    sums = np.concatenate(list(_sums(stats, resamples, seed)))
    tails = [50 * (1 - level), 50 * (1 + level)]
    found = {}
    for key, function in combine.items():
        low, high = np.percentile(function(sums), tails)
        found[key] = (float(low), float(high))
    return found


def _sums(stats: np.ndarray, resamples: int, seed: int) -> Iterator[np.ndarray]:
    import numpy as np

    rows, counts = np.unique(stats, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")  # the frequent first: the draw ends sooner
    rows, counts = rows[order].astype(np.float64), counts[order]
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // len(rows))
    for start in range(0, resamples, block):
        drawn = rng.multinomial(len(stats), counts / len(stats), size=min(block, resamples - start))
        yield drawn @ rows
