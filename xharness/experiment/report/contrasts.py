"""What a row differs from another one in: clean and noisy scores, and what noise leaves of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.experiment.report.arms import Arms, NoisyCell
from xharness.metrics.bootstrap import interval
from xharness.metrics.noisy import Pair

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Effect:
    """A difference of two rows, and its bootstrap replicates, shape (resamples,); None if a cell has none."""

    value: float
    drawn: np.ndarray | None

    @property
    def ci95(self) -> tuple[float, float] | None:
        """Return the 95 % interval."""
        return None if self.drawn is None else interval(self.drawn)

    @property
    def p(self) -> float | None:
        """Return twice the smaller share of replicates on one side of 0, at most 1.

        One is added to both counts, so that p is never 0 (Davison and Hinkley 1997, Bootstrap Methods, equation 4.11).
        """
        if self.drawn is None:
            return None
        side = min(int((self.drawn <= 0).sum()), int((self.drawn >= 0).sum()))
        return min(1.0, 2.0 * (side + 1) / (len(self.drawn) + 1))

    def content(self) -> dict[str, Any]:
        """Return the effect as plain JSON values."""
        return {"value": self.value, "ci95": list(self.ci95) if self.ci95 else None}


@dataclass(frozen=True)
class Contrast:
    """The effects of a row, compared with another one, over the same cells.

    `retention` is the difference of the mean log retention; the others are in points, above 0 where the row is better.
    """

    retention: Effect
    clean: Effect
    noisy: Effect
    interaction: Effect

    def content(self) -> dict[str, Any]:
        """Return the effects as plain JSON values."""
        return {
            "retention": self.retention.content(),
            "clean": self.clean.content(),
            "noisy": self.noisy.content(),
            "did": self.interaction.content(),
        }


def contrast(cells: Mapping[NoisyCell, Arms]) -> Contrast:
    """Return the effects over some cells, at least one.

    Means are over targets of the means over languages of the means over noises, each with the same weight.
    """
    return Contrast(
        retention=retention(cells, lambda arms: (arms.row, arms.base)),
        clean=_effect(cells, lambda arms, row, base: arms.sign * (row[0] - base[0])),
        noisy=_effect(cells, lambda arms, row, base: arms.sign * (row[1] - base[1])),
        interaction=_effect(cells, lambda arms, row, base: arms.sign * ((row[1] - row[0]) - (base[1] - base[0]))),
    )


def retention(cells: Mapping[NoisyCell, Arms], sides: Callable[[Arms], Sequence[Pair]]) -> Effect:
    """Return the mean log retention of one side, or the difference of that of two.

    In a replicate a cell where a score of one of the sides is 0 is left out.
    """

    def value(arms: Arms) -> float:
        logs = [arms.sign * math.log(pair.noisy / pair.clean) for pair in sides(arms)]
        return logs[0] - sum(logs[1:])

    def draw(arms: Arms) -> np.ndarray | None:
        import numpy as np

        logs = []
        for pair in sides(arms):
            if pair.drawn is None:
                return None
            usable = (pair.drawn > 0).all(axis=0)
            ratio = np.divide(pair.drawn[1], pair.drawn[0], out=np.full(usable.shape, np.nan), where=usable)
            logs.append(arms.sign * np.log(ratio))
        total: np.ndarray = logs[0] - sum(logs[1:])
        return total

    return _mean_effect(cells, value, draw)


def _effect(cells: Mapping[NoisyCell, Arms], take: Callable[[Arms, Any, Any], Any]) -> Effect:
    def draw(arms: Arms) -> np.ndarray | None:
        if arms.row.drawn is None or arms.base.drawn is None:
            return None
        drawn: np.ndarray = take(arms, arms.row.drawn, arms.base.drawn)
        return drawn

    def value(arms: Arms) -> float:
        return float(take(arms, (arms.row.clean, arms.row.noisy), (arms.base.clean, arms.base.noisy)))

    return _mean_effect(cells, value, draw)


def _mean_effect(
    cells: Mapping[NoisyCell, Arms], value: Callable[[Arms], float], draw: Callable[[Arms], np.ndarray | None]
) -> Effect:
    import numpy as np

    values = {cell: np.array([value(arms)]) for cell, arms in cells.items()}
    drawn = {cell: draw(arms) for cell, arms in cells.items()}
    known = {cell: replicates for cell, replicates in drawn.items() if replicates is not None}
    whole = _nested(known) if len(known) == len(cells) else np.full(1, np.nan)
    usable = whole[~np.isnan(whole)]
    return Effect(float(_nested(values)[0]), usable if len(usable) else None)


def _nested(values: Mapping[NoisyCell, np.ndarray]) -> np.ndarray:
    """Return the mean over targets of the means over languages of the means over noises and severities."""
    languages = _grouped(values, lambda cell: (cell.task, cell.language))
    targets = _grouped(languages, lambda key: key[0])
    return _known_mean(list(targets.values()))


def _grouped(values: Mapping[Any, np.ndarray], key: Callable[[Any], Hashable]) -> dict[Any, np.ndarray]:
    groups: dict[Any, list[np.ndarray]] = {}
    for name, each in values.items():
        groups.setdefault(key(name), []).append(each)
    return {name: _known_mean(own) for name, own in groups.items()}


def _known_mean(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of arrays without their missing values; missing where all are."""
    import numpy as np

    stacked = np.stack(parts)
    known = ~np.isnan(stacked)
    counts = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    found: np.ndarray = np.divide(total, counts, out=np.full(total.shape, np.nan), where=counts > 0)
    return found
