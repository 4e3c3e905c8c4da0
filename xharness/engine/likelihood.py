"""Log-likelihoods of continuations under a causal language model; tokens that requests share are computed once.

Requests are read in windows. Within one, a context and its continuations are a tree of tokens in one row of a batch,
where a token attends to those of its own sequence only. What many rows share, such as examples before each question, is
computed once and cached. A model that does not take such rows, or a sequence that is longer than its sliding window, is
computed by `Continuations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xharness.engine.branches import Branches, window_of
from xharness.engine.continuations import Continuations, Pair
from xharness.engine.inference import ahead
from xharness.engine.trees import Family, Scored, TokenTree, families

if TYPE_CHECKING:
    import torch

__all__ = ["Pair", "Scorer"]

_WINDOW = 2**16
"""Tokens of a window: enough contexts of about one length for full batches."""


@dataclass
class Scorer:
    """Computes log-likelihoods with a model on a device.

    `budget` is the largest number of tokens in a batch, padding included. With `exact` each request is computed alone.
    `on_tokens(n)` is called with the number of tokens computed, without padding.
    """

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None
    _trusted: int | None = field(default=0, init=False, repr=False)
    """The longest row of several sequences that was checked; None if the model does not take such rows."""

    def score(self, pairs: Iterable[Pair]) -> Iterator[float]:
        """Yield the log-likelihood of each continuation, summed over its tokens, in order."""
        import torch

        branches = Branches(self.model, self.device, self.pad_id, self.budget, self._count)
        cached = Continuations(self.model, self.device, self.pad_id, self.budget, self._count)
        for window in ahead(_windows(pairs)):
            with torch.inference_mode():
                values = self._window(window, branches, cached)
            yield from values

    def _window(self, window: list[Pair], branches: Branches, cached: Continuations) -> list[float]:
        if self.exact:
            for pair in window:
                self._count(len(_sequence(pair).ids))
            return [branches.alone(pair) for pair in window]
        most = window_of(self.model)
        short = [number for number, pair in enumerate(window) if not most or len(_sequence(pair).ids) <= most]
        found = self._shared([window[number] for number in short], branches)
        values = dict(zip(short, found, strict=True)) if found is not None else {}
        rest = [number for number in range(len(window)) if number not in values]
        if rest:
            values |= zip(rest, cached.score([window[number] for number in rest]), strict=True)
        return [values[number] for number in range(len(window))]

    def _shared(self, pairs: list[Pair], branches: Branches) -> list[float] | None:
        """Return the log-likelihoods by trees of tokens; None if the model does not take them."""
        trees = families([_sequence(pair) for pair in pairs], self.budget)
        several = [(family, row) for family in trees for row in family.rows if family.prefix or len(row.paths) > 1]
        if several and not self._takes(pairs, *max(several, key=_length), branches):
            return None
        values: dict[int, float] = {}
        for family in trees:
            values |= branches.score(pairs, family)
        return [values[number] for number in range(len(pairs))]

    def _takes(self, pairs: list[Pair], family: Family, row: TokenTree, branches: Branches) -> bool:
        """Say if the model computes the last sequence of a row as alone, unless a longer row was checked before."""
        length = _length((family, row))
        if self._trusted is None or length <= self._trusted:
            return self._trusted is not None
        number = next(reversed(row.paths))
        silent = replace(branches, count=lambda _: None)
        try:
            found = silent.score(pairs, Family(family.prefix, [row]))[number]
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
            found = float("nan")
        tokens = len(pairs[number].continuation)
        fine = abs(found - branches.alone(pairs[number])) <= tokens * branches.tolerance
        self._trusted = length if fine else None
        return fine

    def _count(self, tokens: int) -> None:
        if self.on_tokens:
            self.on_tokens(tokens)


def _sequence(pair: Pair) -> Scored:
    """Return the tokens that a model reads to score a pair: the last one is only looked up."""
    return Scored((*pair.context, *pair.continuation[:-1]), len(pair.context) - 1)


def _length(entry: tuple[Family, TokenTree]) -> int:
    family, row = entry
    return len(family.prefix) + len(row.ids)


def _windows(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    window: list[Pair] = []
    count = 0
    for pair in pairs:
        # A window ends between contexts, so that those of one are computed together.
        if count >= _WINDOW and pair.context != window[-1].context:
            yield window
            window, count = [], 0
        count += len(pair.continuation) + (0 if window and window[-1].context == pair.context else len(pair.context))
        window.append(pair)
    if window:
        yield window
