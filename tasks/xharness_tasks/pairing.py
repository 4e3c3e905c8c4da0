"""Pair the rows of a test set with errors with those of the clean test set that it was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator

from xharness.data.lines import Row

_LEAST = 0.6


def paired(
    noisy: Iterable[Row], clean: Iterable[Row], gold: Callable[[Row], Hashable], text: Callable[[Row], str]
) -> Iterator[Row]:
    """Yield the clean row of each noisy row that has one; both are in the order of the test set.

    A pair has the same gold, and texts whose character trigrams have a Dice coefficient of at least 0.6. Each clean row
    is taken once: the first that fits after the one taken before.
    """
    rows: defaultdict[Hashable, list[tuple[frozenset[str], Row]]] = defaultdict(list)
    for row in clean:
        rows[gold(row)].append((_trigrams(text(row)), row))
    after: defaultdict[Hashable, int] = defaultdict(int)
    for row in noisy:
        key, own = gold(row), _trigrams(text(row))
        found = (number for number in range(after[key], len(rows[key])) if _dice(own, rows[key][number][0]) >= _LEAST)
        number = next(found, None)
        if number is not None:
            after[key] = number + 1
            yield rows[key][number][1]


def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text.casefold()} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def _dice(one: frozenset[str], two: frozenset[str]) -> float:
    return 2 * len(one & two) / (len(one) + len(two))
