"""Log-likelihoods of continuations under a causal language model; a context is computed once for all of its own.

Requests are read in windows. Within one, contexts are sorted by length and batched under a token budget; then the
continuations of a batch are computed upon the cached keys and values of their contexts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xharness.engine.batches import token_budget_batches
from xharness.engine.decoder import Prefix, extend, prefill
from xharness.engine.inference import ahead

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_WINDOW = 2**16
"""Tokens of a window: enough contexts of about one length for full batches."""
_LOGITS = 2**25
"""Logits that are in memory at once: a continuation token needs as many as the vocabulary has entries."""


class Pair(NamedTuple):
    """A context and a continuation as token ids; neither is empty."""

    context: tuple[int, ...]
    continuation: tuple[int, ...]


class Likelihood(NamedTuple):
    """The log-likelihood of a continuation, summed over its tokens, and whether each of them was the most likely."""

    value: float
    greedy: bool


@dataclass
class Scorer:
    """Computes log-likelihoods with a model on a device.

    `budget` is the largest number of tokens in a batch of contexts, padding included. With `exact` each request is
    computed alone. `on_tokens(n)` is called with the number of tokens computed, without padding.
    """

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None

    def score(self, pairs: Iterable[Pair]) -> Iterator[Likelihood]:
        """Yield the likelihood of each continuation, in order."""
        for window in ahead(_windows(pairs)):
            yield from self._window(window)

    def _window(self, window: list[Pair]) -> list[Likelihood]:
        import numpy as np
        import torch

        groups = _by_context(window, alone=self.exact)
        lengths = np.array([len(window[rows[0]].context) for rows in groups])
        results: dict[int, Likelihood] = {}
        with torch.inference_mode():
            for batch in token_budget_batches(lengths, 1 if self.exact else self.budget):
                results |= self._batch(window, [groups[number] for number in batch])
        return [results[number] for number in range(len(window))]

    def _batch(self, window: list[Pair], groups: list[list[int]]) -> Iterator[tuple[int, Likelihood]]:
        contexts = [window[rows[0]].context for rows in groups]
        prefix = prefill(self.model, contexts, self.pad_id, self.device)
        self._count(sum(map(len, contexts)))
        flat = [(position, row) for position, rows in enumerate(groups) for row in rows]
        first = _first(prefix.logits, [(position, window[row].continuation[0]) for position, row in flat])
        found = {row: Likelihood(*each) for (_, row), each in zip(flat, first, strict=True)}
        longer = [(position, row) for position, row in flat if len(window[row].continuation) > 1]
        if longer:
            for row, more in self._rest(window, prefix, longer):
                found[row] = Likelihood(found[row].value + more.value, found[row].greedy and more.greedy)
        return iter(found.items())

    def _rest(
        self, window: list[Pair], prefix: Prefix, flat: list[tuple[int, int]]
    ) -> Iterator[tuple[int, Likelihood]]:
        """Yield the likelihood of what follows the first token, by row."""
        import copy

        size = max(1, _LOGITS // (prefix.logits.shape[-1] * max(len(window[row].continuation) for _, row in flat)))
        for start in range(0, len(flat), size):
            part = flat[start : start + size]
            last = start + size >= len(flat)
            source = prefix if last else Prefix(copy.deepcopy(prefix.cache), prefix.mask, prefix.logits)
            tokens = [window[row].continuation for _, row in part]
            logits, _ = extend(
                self.model, source.select([position for position, _ in part]), [t[:-1] for t in tokens], self.pad_id
            )
            self._count(sum(len(each) - 1 for each in tokens))
            yield from zip((row for _, row in part), _following(logits, tokens), strict=True)

    def _count(self, tokens: int) -> None:
        if self.on_tokens:
            self.on_tokens(tokens)


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


def _by_context(window: list[Pair], *, alone: bool) -> list[list[int]]:
    """Return the numbers of the pairs of each context."""
    if alone:
        return [[number] for number in range(len(window))]
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, pair in enumerate(window):
        groups.setdefault(pair.context, []).append(number)
    return list(groups.values())


def _first(logits: Tensor, asked: list[tuple[int, int]]) -> list[tuple[float, bool]]:
    """Return log-probability and greediness of one token after each of some contexts."""
    import torch

    rows, tokens = (torch.tensor(each, device=logits.device) for each in zip(*asked, strict=True))
    values = logits[rows, tokens] - logits.logsumexp(dim=-1)[rows]
    return list(zip(values.tolist(), (logits.argmax(dim=-1)[rows] == tokens).tolist(), strict=True))


def _following(logits: Tensor, tokens: list[tuple[int, ...]]) -> list[Likelihood]:
    """Return the likelihood of the tokens after the first; the logits before each are those at the one before it."""
    import torch

    found = []
    for own, ids in zip(logits, tokens, strict=True):
        values = own[: len(ids) - 1].float()
        target = values.new_tensor(ids[1:], dtype=torch.int64)
        chosen = values.gather(1, target[:, None])[:, 0] - values.logsumexp(dim=-1)
        found.append(Likelihood(float(chosen.sum()), bool((values.argmax(dim=-1) == target).all())))
    return found
