"""Log-likelihoods of continuations upon the cached keys and values of their contexts, for any causal language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xharness.engine.batches import token_budget_batches
from xharness.engine.decoder import Prefix, extend, prefill

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_LOGITS = 2**25
"""Logits that are in memory at once: a continuation token needs as many as the vocabulary has entries."""


class Pair(NamedTuple):
    """A context and a continuation as token ids; neither is empty."""

    context: tuple[int, ...]
    continuation: tuple[int, ...]


@dataclass
class Continuations:
    """Computes each context of a list of pairs once, then what follows it; the fields are those of a `Scorer`."""

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    count: Callable[[int], None]

    def score(self, window: list[Pair]) -> list[float]:
        """Return the log-likelihood of each continuation."""
        import numpy as np

        groups = _by_context(window)
        lengths = np.array([len(window[rows[0]].context) for rows in groups])
        results: dict[int, float] = {}
        for batch in token_budget_batches(lengths, self.budget):
            results |= self._batch(window, [groups[number] for number in batch])
        return [results[number] for number in range(len(window))]

    def _batch(self, window: list[Pair], groups: list[list[int]]) -> dict[int, float]:
        contexts = [window[rows[0]].context for rows in groups]
        prefix = prefill(self.model, contexts, self.pad_id, self.device)
        self.count(sum(map(len, contexts)))
        flat = [(position, row) for position, rows in enumerate(groups) for row in rows]
        first = _first(prefix.logits, [(position, window[row].continuation[0]) for position, row in flat])
        found = {row: value for (_, row), value in zip(flat, first, strict=True)}
        longer = [(position, row) for position, row in flat if len(window[row].continuation) > 1]
        if longer:
            for row, more in self._rest(window, prefix, longer):
                found[row] += more
        return found

    def _rest(self, window: list[Pair], prefix: Prefix, flat: list[tuple[int, int]]) -> Iterator[tuple[int, float]]:
        """Yield the log-likelihood of what follows the first token, by row."""
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
            self.count(sum(len(each) - 1 for each in tokens))
            yield from zip((row for _, row in part), _following(logits, tokens), strict=True)


def _by_context(window: list[Pair]) -> list[list[int]]:
    """Return the numbers of the pairs of each context."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, pair in enumerate(window):
        groups.setdefault(pair.context, []).append(number)
    return list(groups.values())


def _first(logits: Tensor, asked: list[tuple[int, int]]) -> list[float]:
    """Return the log-probability of one token after each of some contexts."""
    import torch

    rows, tokens = (torch.tensor(each, device=logits.device) for each in zip(*asked, strict=True))
    values: list[float] = (logits[rows, tokens] - logits.logsumexp(dim=-1)[rows]).tolist()
    return values


def _following(logits: Tensor, tokens: list[tuple[int, ...]]) -> list[float]:
    """Return the log-likelihood of the tokens after the first; the logits before each are those at the one before."""
    import torch

    found = []
    for own, ids in zip(logits, tokens, strict=True):
        values = own[: len(ids) - 1].float()
        target = values.new_tensor(ids[1:], dtype=torch.int64)
        chosen = values.gather(1, target[:, None])[:, 0] - values.logsumexp(dim=-1)
        found.append(chosen.sum())
    return torch.stack(found).tolist()
