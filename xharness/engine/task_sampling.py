"""Which examples a training step sees: a pure function of the seed, so that a killed training finds its place again."""

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
    """Return how many steps each of several objectives gets, of sizes n.

    All steps together are `epochs` passes over min(n, cap) examples of each. They are shared out in proportion to
    min(n, cap) ** exponent: 1 is proportional, 1/T is a temperature of T, 0 is uniform. Raffel et al. 2020 (T5), 3.5.2.
    `fixed` holds for each objective None, or the part of all steps that it gets beside those of the others, below 1
    together.
    """
    if any(fixed):
        usual = [place for place, part in enumerate(fixed) if part is None]
        found = shares([sizes[place] for place in usual], epochs, batch_size, cap, exponent)
        steps = dict(zip(usual, found, strict=True))
        whole = sum(found) / (1 - sum(part or 0.0 for part in fixed))
        return [steps[place] if part is None else max(1, round(part * whole)) for place, part in enumerate(fixed)]
    capped = [size if cap is None else min(size, cap) for size in sizes]
    passes = [max(1, round(epochs * -(-size // batch_size))) for size in capped]
    if exponent == 1:
        return passes
    weights = [size**exponent for size in capped]
    return [max(1, round(sum(passes) * weight / sum(weights))) for weight in weights]


class Sampler:
    """The order of training: for each step, one objective and the examples it learns from.

    Every epoch is shuffled; within each 50 batches, examples of like length stand together, so that little padding is
    computed. The steps of several objectives are mixed at random, as many of each as `shares` says.
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
        """Take the lengths of each objective's examples; the last batch of an epoch may be smaller."""
        import numpy as np

        self._lengths, self._batch_size, self._seed = lengths, batch_size, seed
        self._per_epoch = [-(-len(each) // batch_size) for each in lengths]
        steps = shares([len(each) for each in lengths], epochs, batch_size, cap, exponent, fixed)
        turns = np.repeat(np.arange(len(steps)), steps)
        self._turns = np.random.default_rng([seed]).permutation(turns) if len(steps) > 1 else turns
        self.total = len(turns)
        self._orders: dict[int, tuple[int, list[np.ndarray]]] = {}

    def step(self, number: int) -> tuple[int, np.ndarray]:
        """Return the objective of step `number` (from 0) and the indexes of its examples."""
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
        together = self._batch_size * _BATCHES_SORTED_TOGETHER
        for start in range(0, len(shuffled), together):
            part = shuffled[start : start + together]
            part = part[np.argsort(lengths[part], kind="stable")]
            batches += [part[at : at + self._batch_size] for at in range(0, len(part), self._batch_size)]
        return [batches[place] for place in rng.permutation(len(batches))]
