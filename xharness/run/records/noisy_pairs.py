"""Clean and noisy scores of the same examples, as pairs whose averages keep their bootstrap replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval, over_seeds
from xharness.metrics.robustness import LEAST_ABOVE_CHANCE, relative_drop
from xharness.run.records.cell_record import CORRECT, Record, beside

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Pair:
    """A clean and a noisy score, and their replicates, shape (2, resamples), drawn alike; None if one has none."""

    clean: float
    noisy: float
    drawn: np.ndarray | None


@dataclass(frozen=True)
class Scale:
    """How the scores of a task are read: the score of a guess, None if it is not known, and which way is better."""

    headline: tuple[str, ...]
    chance: float | None
    upward: bool

    def numbers(self, pair: Pair) -> dict[str, Any]:
        """Return clean, noisy, drop and relative drop of a pair, with their 95 % intervals.

        A drop is above 0 where noise makes the score worse.
        """
        sign = 1.0 if self.upward else -1.0
        drop = sign * (pair.clean - pair.noisy)
        drawn = None if pair.drawn is None else sign * (pair.drawn[0] - pair.drawn[1])
        relative, around = self._relative(pair)
        return {
            "clean": pair.clean,
            "noisy": pair.noisy,
            "drop": drop,
            "ci95": None if drawn is None else list(interval(drawn)),
            "relative_drop": relative,
            "relative_ci95": around,
        }

    def _relative(self, pair: Pair) -> tuple[float | None, list[float] | None]:
        if self.chance is None or not self.upward:
            return None, None
        relative = relative_drop(pair.clean, pair.noisy, self.chance)
        if relative is None or pair.drawn is None or (pair.drawn[0] - self.chance).min() < LEAST_ABOVE_CHANCE:
            return relative, None
        return relative, list(interval(100 * (pair.drawn[0] - pair.drawn[1]) / (pair.drawn[0] - self.chance)))


def nested_mean(pairs: Mapping[tuple[str, ...], Pair]) -> Pair:
    """Return the mean over the first part of the keys of the means over the second, and so on."""
    groups: dict[str, dict[tuple[str, ...], Pair]] = {}
    for (first, *rest), pair in pairs.items():
        groups.setdefault(first, {})[tuple(rest)] = pair
    return _mean([group[()] if () in group else nested_mean(group) for group in groups.values()])


def _mean(pairs: Sequence[Pair]) -> Pair:
    import numpy as np

    drawn = [pair.drawn for pair in pairs if pair.drawn is not None]
    every = np.mean(drawn, axis=0) if len(drawn) == len(pairs) else None
    return Pair(mean([pair.clean for pair in pairs]), mean([pair.noisy for pair in pairs]), every)


@dataclass(frozen=True)
class Cells:
    """The scored cells of a run, and its folder, which has their replicates and which examples are right."""

    folder: Path

    def pair(self, clean: Mapping[int, Record], noisy: Mapping[int, Sequence[Record]], names: Sequence[str]) -> Pair:
        """Return the pair of a task in a language under one noise at one severity.

        Both map the seed of the training to records; the noisy ones are those of several noise seeds.
        """
        import numpy as np

        pairs = []
        for seed, records in noisy.items():
            drawn = [self._replicates(record) for record in (clean[seed], *records)]
            known = [part for part in drawn if part is not None]
            both = np.stack([known[0], np.mean(known[1:], axis=0)]) if len(known) == len(drawn) else None
            pairs.append(Pair(_score(clean[seed], names), mean([_score(record, names) for record in records]), both))
        found = _mean(pairs)
        if found.drawn is None:
            return found
        sides = zip(*[pair.drawn for pair in pairs if pair.drawn is not None], strict=True)
        return Pair(found.clean, found.noisy, np.stack([over_seeds(np.stack(side)) for side in sides]))

    def _replicates(self, record: Record) -> np.ndarray | None:
        import numpy as np

        if not record["replicates"]:
            return None
        found: np.ndarray = np.load(self.folder / record["replicates"]).astype(np.float64).mean(axis=0)
        return found

    def correct(self, record: Record) -> np.ndarray | None:
        """Return which examples of a cell are right, bool, shape (n,); None if its metrics do not say it."""
        import numpy as np

        path = self.folder / beside(record["predictions"], CORRECT)
        if not path.is_file():
            return None
        found: np.ndarray = np.load(path)
        return found

    def flips(self, clean: Mapping[int, Record], noisy: Mapping[int, Sequence[Record]]) -> dict[str, float] | None:
        """Return the shares, in percent, of examples that noise makes wrong (harm) and right (gain)."""
        harm, gain = [], []
        for seed, records in noisy.items():
            before = self.correct(clean[seed])
            for after in map(self.correct, records):
                if before is None or after is None or len(before) != len(after):
                    return None
                harm.append(100.0 * float((before & ~after).mean()))
                gain.append(100.0 * float((~before & after).mean()))
        return {"harm": mean(harm), "gain": mean(gain)}


def _score(record: Record, names: Sequence[str]) -> float:
    return mean([record["metrics"][name]["value"] for name in names])
