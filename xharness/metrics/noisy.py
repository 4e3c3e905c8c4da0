"""Clean and noisy scores of the same examples, as pairs whose averages keep their bootstrap replicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from xharness.languages import canonical
from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval, over_seeds
from xharness.metrics.robustness import LEAST_ABOVE_CHANCE, relative_drop

if TYPE_CHECKING:
    import numpy as np

ENGLISH = "en"
Noised = TypeVar("Noised")
Scored = tuple[float, "np.ndarray | None"]
"""A score and its replicates, shape (resamples,); None without replicates."""


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


class Nesting:
    """Unweighted means of values by key: over the first part of the keys of the means over the second, and so on."""

    def __init__(self, keys: Sequence[tuple[str, ...]]) -> None:
        """Take the keys of the values, all of one length, in the order of the values."""
        self._tree = _tree(keys, range(len(keys)), 0)

    def mean(self, values: Sequence[float]) -> float:
        """Return the mean of values."""
        return _over(self._tree, values)

    def pair(self, pairs: Sequence[Pair]) -> Pair:
        """Return the mean of pairs, with replicates if all have them."""
        import numpy as np

        clean, noisy = self.mean([pair.clean for pair in pairs]), self.mean([pair.noisy for pair in pairs])
        drawn = [pair.drawn for pair in pairs if pair.drawn is not None]
        if len(drawn) < len(pairs):
            return Pair(clean, noisy, None)
        total = np.zeros(drawn[0].shape)
        for index, weight in _weights(self._tree, 1.0):
            total += weight * drawn[index]
        return Pair(clean, noisy, total)


Tree = list["int | Tree"]


def _tree(keys: Sequence[tuple[str, ...]], indices: Iterable[int], depth: int) -> Tree:
    groups: dict[str, list[int]] = {}
    for index in indices:
        groups.setdefault(keys[index][depth], []).append(index)
    last = [len(keys[group[0]]) == depth + 1 for group in groups.values()]
    return [
        group[0] if leaf else _tree(keys, group, depth + 1) for leaf, group in zip(last, groups.values(), strict=True)
    ]


def _over(tree: Tree, values: Sequence[float]) -> float:
    return mean([values[part] if isinstance(part, int) else _over(part, values) for part in tree])


def _weights(tree: Tree, whole: float) -> Iterator[tuple[int, float]]:
    share = whole / len(tree)
    for part in tree:
        if isinstance(part, int):
            yield part, share
        else:
            yield from _weights(part, share)


def nested_mean(pairs: Mapping[tuple[str, ...], Pair]) -> Pair:
    """Return the mean over the first part of the keys of the means over the second, and so on."""
    return Nesting(list(pairs)).pair(list(pairs.values()))


def pair_of_seeds(clean: Mapping[int, Scored], noisy: Mapping[int, Sequence[Scored]]) -> Pair:
    """Return the pair of a task in a language under one noise at one severity, averaged over seeds.

    Both map the seed of the training to scores; the noisy ones are those of several noise seeds, averaged first.
    Replicates resample the seeds of the training.
    """
    import numpy as np

    pairs = []
    for seed, scored in noisy.items():
        known = [drawn for _, drawn in (clean[seed], *scored) if drawn is not None]
        both = np.stack([known[0], np.mean(known[1:], axis=0)]) if len(known) == 1 + len(scored) else None
        pairs.append(Pair(clean[seed][0], mean([score for score, _ in scored]), both))
    found = nested_mean({(str(seed),): pair for seed, pair in zip(noisy, pairs, strict=True)})
    if found.drawn is None:
        return found
    sides = zip(*[pair.drawn for pair in pairs if pair.drawn is not None], strict=True)
    return Pair(found.clean, found.noisy, np.stack([over_seeds(np.stack(side)) for side in sides]))


def averaged(rows: Iterable[Noised], searched: Callable[[Noised], bool]) -> list[Noised]:
    """Return the rows that averages over noises are of: those that no search made, all if a search made each."""
    every = list(rows)
    return [row for row in every if not searched(row)] or every


def but_english(codes: Iterable[str]) -> list[str]:
    """Return the languages that averages are over: all but English, or English where there is no other."""
    codes = list(codes)
    others = [code for code in codes if canonical(code) != ENGLISH]
    return others or codes
