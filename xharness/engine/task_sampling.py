"""The examples of each training step: a pure function of seed and step, so that a killed training can resume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_BATCHES_SORTED_TOGETHER = 50


def shares(
    sizes: Sequence[int],
    epochs: float,
    batch_size: int,
    cap: int | None = None,
    exponent: float = 1.0,
    fixed: Sequence[float | None] = (),
) -> list[int]:
    """Return the number of training steps of each objective, given their numbers of examples n.

    The total is `epochs` passes over min(n, cap) examples of each objective. Steps are distributed in proportion to
    min(n, cap) ** exponent: 1 is proportional, 1/T is a temperature of T, 0 is uniform (Raffel et al. 2020, T5,
    section 3.5.2). `fixed` holds for each objective None or a fixed fraction of all steps, which is added to the steps
    of the others; the fractions sum to less than 1.
    """
    if any(fixed):
        free = [index for index, fraction in enumerate(fixed) if fraction is None]
        counts = shares([sizes[index] for index in free], epochs, batch_size, cap, exponent)
        steps = dict(zip(free, counts, strict=True))
        total = sum(counts) / (1 - sum(fraction or 0.0 for fraction in fixed))
        return [
            steps[index] if fraction is None else max(1, round(fraction * total))
            for index, fraction in enumerate(fixed)
        ]
    capped = [size if cap is None else min(size, cap) for size in sizes]
    passes = [max(1, round(epochs * -(-size // batch_size))) for size in capped]
    if exponent == 1:
        return passes
    weights = [size**exponent for size in capped]
    return [max(1, round(sum(passes) * weight / sum(weights))) for weight in weights]


class Sampler:
    """The training order: one objective and one batch of examples per step.

    Every epoch is shuffled; within each block of 50 batches, examples are sorted by length to reduce padding. The
    steps of several objectives are in random order, with the counts of `shares`.
    """

    def __init__(
        self,
        lengths: Sequence[np.ndarray],
        epochs: float,
        batch_size: int,
        seed: int,
        cap: int | None = None,
        exponent: float = 1.0,
        fixed: Sequence[float | None] = (),
    ) -> None:
        """Take the example lengths of each objective; the last batch of an epoch may be smaller."""
        import numpy as np

        self._lengths, self._batch_size, self._seed = lengths, batch_size, seed
        self._per_epoch = [-(-len(each) // batch_size) for each in lengths]
        steps = shares([len(each) for each in lengths], epochs, batch_size, cap, exponent, fixed)
        turns = np.repeat(np.arange(len(steps)), steps)
        self._turns = np.random.default_rng([seed]).permutation(turns) if len(steps) > 1 else turns
        self.total = len(turns)
        self._orders: dict[int, tuple[int, list[np.ndarray]]] = {}

    def step(self, number: int) -> tuple[int, np.ndarray]:
        """Return the index of the objective of step `number` (from 0) and the indices of its examples."""
        objective = int(self._turns[number])
        done = int((self._turns[:number] == objective).sum())
        epoch, batch = divmod(done, self._per_epoch[objective])
        if self._orders.get(objective, (None,))[0] != epoch:
            self._orders[objective] = (epoch, self._order(objective, epoch))
        return objective, self._orders[objective][1][batch]

    def _order(self, objective: int, epoch: int) -> list[np.ndarray]:
        import numpy as np

        rng = np.random.default_rng([self._seed, objective, epoch])
        lengths = self._lengths[objective]
        shuffled = rng.permutation(len(lengths))
        batches = []
        size = self._batch_size * _BATCHES_SORTED_TOGETHER
        for start in range(0, len(shuffled), size):
            block = shuffled[start : start + size]
            block = block[np.argsort(lengths[block], kind="stable")]
            batches += [block[offset : offset + self._batch_size] for offset in range(0, len(block), self._batch_size)]
        return [batches[index] for index in rng.permutation(len(batches))]
