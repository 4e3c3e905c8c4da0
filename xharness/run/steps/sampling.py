"""Draws of examples from splits, which are equal on every machine and in every version of Python."""

from __future__ import annotations

import random
from collections.abc import Sequence

from xharness.errors import StageError
from xharness.specs.kinds import Example
from xharness.specs.tasks import Task


def drawn(size: int, count: int, draw: int) -> list[int]:
    """Return the indexes of `count` of `size` examples, sorted; StageError if `size` is smaller than `count`.

    The indexes depend only on the three numbers, also across versions of Python, which keep the sequence of `random()`.
    """
    if count > size:
        raise StageError(f"cannot draw {count} examples from a split of {size}; use --param shots={size} or fewer")
    return _some(size, count, f"{count}:{draw}")


def _some(size: int, count: int, seed: str) -> list[int]:
    rng = random.Random(seed)
    draws = [rng.random() for _ in range(size)]
    return sorted(sorted(range(size), key=draws.__getitem__)[:count])


def balanced(sizes: Sequence[int], exponent: float, seed: int) -> list[list[int]]:
    """Return for each of several parts the indexes of the examples to take, sorted, given the parts' sizes.

    The total number stays the same; the share of a part of n examples is in proportion to n ** exponent (Conneau et al.
    2020, section 3.1, with 0.3 for texts). A part that has fewer examples than its share repeats them.
    """
    total, weights = sum(sizes), [size**exponent for size in sizes]
    shares = [max(1, round(total * weight / sum(weights))) for weight in weights]
    indexes = []
    for number, (size, share) in enumerate(zip(sizes, shares, strict=True)):
        rounds, rest = divmod(share, size)
        indexes.append(sorted([*range(size)] * rounds + _some(size, rest, f"{seed}:{number}")))
    return indexes


def shuffled(task: Task, rows: Sequence[Example], seed: int) -> list[Example]:
    """Return training rows with their labels permuted, as the kind of the task says; depends on the seed only."""
    assert task.kind.shuffle is not None  # checked by the plan
    return task.kind.shuffle(rows, random.Random(f"labels:{seed}").random)
