"""Log-likelihoods of targets under an encoder-decoder; a context is encoded once for all of its targets.

Targets are read in windows. Within one, contexts are sorted by length and encoded in batches under a token budget; then
the targets of a batch are decoded, those of about one length together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xharness.engine.batches import token_budget_batches
from xharness.engine.finite import not_finite
from xharness.engine.inference import ahead

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_WINDOW = 2**16
"""Tokens of a window: enough contexts of about one length for full batches."""
_LOGITS = 2**25
"""Logits that are in memory at once: a target token needs as many as the vocabulary has entries."""


class Target(NamedTuple):
    """A context and a target as token ids; neither is empty."""

    context: tuple[int, ...]
    ids: tuple[int, ...]


@dataclass
class Encoded:
    """Contexts after the encoder: hidden states (contexts, tokens, size) and the mask of real tokens, int64."""

    hidden: Tensor
    mask: Tensor

    def select(self, rows: Sequence[int]) -> Encoded:
        """Return the contexts of some rows, a row as often as it is named."""
        import torch

        index = torch.tensor(rows, device=self.mask.device)
        return Encoded(self.hidden[index], self.mask[index])


def encode(model: Any, contexts: Sequence[Sequence[int]], pad_id: int, device: torch.device) -> Encoded:
    """Run contexts through the encoder of a model, padded on the right."""
    ids, mask = (each.to(device) for each in padded(contexts, pad_id))
    out = model.get_encoder()(input_ids=ids, attention_mask=mask, return_dict=True)
    return Encoded(out.last_hidden_state, mask)


def decode(model: Any, encoded: Encoded, tokens: Tensor, **more: Any) -> Any:
    """Return the output of the decoder for tokens, int64 of shape (contexts, tokens), one row for each context.

    Padding on the right of `tokens` needs no mask, since no token attends to those after it. StageError if logits are
    NaN or infinite.
    """
    from transformers.modeling_outputs import BaseModelOutput

    def run() -> Any:
        return model(
            encoder_outputs=BaseModelOutput(last_hidden_state=encoded.hidden),
            attention_mask=encoded.mask,
            decoder_input_ids=tokens,
            return_dict=True,
            **more,
        )

    out = run()
    if not bool(out.logits.isfinite().all()):
        raise not_finite(run)
    return out


def padded(lists: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Return lists of token ids as one tensor, and the mask of the real ones, both int64 of shape (lists, longest)."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    ids = [torch.tensor(each, dtype=torch.int64) for each in lists]
    real = [torch.ones_like(each) for each in ids]
    return pad_sequence(ids, batch_first=True, padding_value=pad_id), pad_sequence(real, batch_first=True)


@dataclass
class TargetScorer:
    """Computes log-likelihoods of targets with a model on a device.

    `start` are the tokens before each target, which are not scored. `budget` is the largest number of tokens in a batch
    of contexts, padding included. With `exact` each target is computed alone. `on_tokens(n)` is called with the number
    of tokens computed, without padding.
    """

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    start: tuple[int, ...]
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None

    def score(self, targets: Iterable[Target]) -> Iterator[float]:
        """Yield the log-likelihood of each target given its context, summed over its tokens, in order."""
        for window in ahead(_windows(targets)):
            yield from self._window(window)

    def _window(self, window: list[Target]) -> list[float]:
        import numpy as np
        import torch

        groups = _by_context(window, alone=self.exact)
        lengths = np.array([len(window[rows[0]].context) for rows in groups])
        results: dict[int, float] = {}
        with torch.inference_mode():
            for batch in token_budget_batches(lengths, 1 if self.exact else self.budget):
                results |= self._batch(window, [groups[number] for number in batch])
        return [results[number] for number in range(len(window))]

    def _batch(self, window: list[Target], groups: list[list[int]]) -> dict[int, float]:
        contexts = [window[rows[0]].context for rows in groups]
        encoded = encode(self.model, contexts, self.pad_id, self.device)
        self._count(sum(map(len, contexts)))
        flat = [(position, row) for position, rows in enumerate(groups) for row in rows]
        flat.sort(key=lambda entry: len(window[entry[1]].ids), reverse=True)
        found: dict[int, float] = {}
        size = self._size(encoded, len(window[flat[0][1]].ids))
        for begin in range(0, len(flat), size):
            positions, rows = zip(*flat[begin : begin + size], strict=True)
            targets = [window[row].ids for row in rows]
            found |= zip(rows, self._targets(encoded.select(positions), targets), strict=True)
        return found

    def _size(self, encoded: Encoded, longest: int) -> int:
        """Return how many targets are decoded at once."""
        vocabulary: int = self.model.get_output_embeddings().weight.shape[0]
        logits = _LOGITS // (vocabulary * (len(self.start) + longest))
        return max(1, min(logits, self.budget // encoded.mask.shape[1]))

    def _targets(self, encoded: Encoded, targets: list[tuple[int, ...]]) -> list[float]:
        own, real = (each.to(self.device) for each in padded(targets, self.pad_id))
        given, _ = padded([[*self.start, *target[:-1]] for target in targets], self.pad_id)
        logits = decode(self.model, encoded, given.to(self.device), use_cache=False).logits
        logits = logits[:, len(self.start) - 1 :].float()
        values = (logits.gather(2, own[:, :, None])[:, :, 0] - logits.logsumexp(dim=-1)) * real
        self._count(sum(len(self.start) + len(target) - 1 for target in targets))
        sums: list[float] = values.sum(dim=1).tolist()
        return sums

    def _count(self, tokens: int) -> None:
        if self.on_tokens:
            self.on_tokens(tokens)


def _windows(targets: Iterable[Target]) -> Iterator[list[Target]]:
    window: list[Target] = []
    count = 0
    for target in targets:
        # A window ends between contexts, so that those of one are computed together.
        if count >= _WINDOW and target.context != window[-1].context:
            yield window
            window, count = [], 0
        count += len(target.context) + len(target.ids)
        window.append(target)
    if window:
        yield window


def _by_context(window: list[Target], *, alone: bool) -> list[list[int]]:
    """Return the numbers of the targets of each context."""
    groups: dict[Any, list[int]] = {}
    for number, target in enumerate(window):
        groups.setdefault(number if alone else target.context, []).append(number)
    return list(groups.values())
