"""Forward passes over trees of tokens: by a custom attention mask a token attends to its own sequence only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.engine.batches import token_budget_batches
from xharness.engine.continuations import Pair
from xharness.engine.decoder import checked, padded
from xharness.engine.trees import Family, TokenTree

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_LOGITS = 2**26
"""Logits that are in memory at once: a token that is scored needs as many as the vocabulary has entries."""

_FEW = 32
"""Tokens whose log-probabilities are computed at once: few enough for the caches of a CPU."""


@dataclass
class Branches:
    """Scores rows of trees in batches; the fields are those of a `Scorer`."""

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    count: Callable[[int], None]

    @property
    def tolerance(self) -> float:
        """The largest difference of a log-probability that rounding explains, in nats."""
        import torch

        return 1e-3 if self.model.dtype in (torch.float32, torch.float64) else 0.5

    def alone(self, pair: Pair) -> float:
        """Return the log-likelihood of one continuation by one pass over its own tokens."""
        import torch

        ids = [*pair.context, *pair.continuation[:-1]]
        row = TokenTree(ids, list(range(len(ids))), {0: list(range(len(ids)))})
        inputs = {"input_ids": torch.tensor([ids], device=self.device), "use_cache": False}
        return self._values([pair], [row], 0, inputs)[0]

    def score(self, pairs: Sequence[Pair], family: Family) -> dict[int, float]:
        """Return the log-likelihoods of the pairs in the rows of a family, by number."""
        import numpy as np

        start = len(family.prefix)
        cache = self._prefix(family.prefix) if start else None
        lengths = np.array([len(row.ids) for row in family.rows])
        budget = min(self.budget, max(1, _LOGITS // self.model.config.get_text_config().vocab_size))
        found: dict[int, float] = {}
        for batch in token_budget_batches(lengths, budget):
            rows = [family.rows[number] for number in batch]
            found |= self._values(pairs, rows, start, self._inputs(rows, start, cache))
            self.count(sum(len(row.ids) for row in rows))
        return found

    def _prefix(self, ids: tuple[int, ...]) -> Any:
        """Return the cache of the tokens that rows share."""
        import torch

        given = torch.tensor([ids], device=self.device)
        self.count(len(ids))
        return self.model(input_ids=given, use_cache=True, logits_to_keep=1, return_dict=True).past_key_values

    def _inputs(self, rows: list[TokenTree], start: int, cache: Any) -> dict[str, Any]:
        import copy

        import torch

        ids, _ = padded([row.ids for row in rows], self.pad_id, left=False)
        positions, _ = padded([row.positions for row in rows], 0, left=False)
        inputs = {
            "input_ids": ids.to(self.device),
            "position_ids": positions.to(self.device),
            "attention_mask": _mask(rows, start, ids.shape[1], self.model.dtype).to(self.device),
            "use_cache": cache is not None,
        }
        if cache is None:
            return inputs
        own = copy.deepcopy(cache)
        own.batch_select_indices(torch.zeros(len(rows), dtype=torch.int64, device=self.device))
        return {**inputs, "past_key_values": own}

    def _values(
        self, pairs: Sequence[Pair], rows: list[TokenTree], start: int, inputs: dict[str, Any]
    ) -> dict[int, float]:
        """Return the log-likelihoods of the pairs in rows; the logits of no other token are computed."""
        import torch

        numbers: list[int] = []
        where: list[int] = []
        columns: list[int] = []
        targets: list[int] = []
        for index, row in enumerate(rows):
            for number, path in row.paths.items():
                context, continuation = pairs[number]
                own = path[len(context) - 1 - start :]
                where.extend([index] * len(own))
                columns.extend(own)
                targets.extend(continuation)
                numbers.extend([number] * len(own))
        asked = torch.tensor([where, columns, targets], device=self.device)
        logits = chosen_logits(self.model, asked[0], asked[1], inputs)
        values = torch.cat(
            [
                part.log_softmax(dim=-1).gather(1, own[:, None])[:, 0]
                for part, own in zip(torch.split(logits, _FEW), torch.split(asked[2], _FEW), strict=True)
            ]
        )
        found: dict[int, float] = {}
        for number, value in zip(numbers, checked(self.model, values).tolist(), strict=True):
            found[number] = found.get(number, 0.0) + value
        return found


def window_of(model: Any) -> int:
    """Return the number of tokens before a token that each layer attends to at least; 0 where all are."""
    from transformers import DynamicCache

    layers = DynamicCache(config=model.config.get_text_config()).layers
    return min((layer.sliding_window for layer in layers if layer.is_sliding), default=0)


def _mask(rows: list[TokenTree], start: int, width: int, dtype: torch.dtype) -> Tensor:
    """Return what is added to attention scores, shape (rows, 1, width, start + width): 0 for the tokens of a path."""
    import torch

    seen = torch.zeros(len(rows), width, start + width, dtype=torch.bool)
    seen[:, :, :start] = True
    seen[:, range(width), range(start, start + width)] = True  # padding attends to itself, or softmax has no input
    for own, row in zip(seen[:, :, start:], rows, strict=True):
        done = 0
        for path in row.paths.values():
            new = [index for index in path if index >= done]
            if new:
                done = new[-1] + 1
                own[new[0] : done, path[: -len(new)]] = True
                own[new[0] : done, new[0] : done] = torch.ones(len(new), len(new), dtype=torch.bool).tril()
    mask = torch.full(seen.shape, torch.finfo(dtype).min, dtype=dtype)
    return mask.masked_fill_(seen, 0.0)[:, None]


def chosen_logits(model: Any, rows: Tensor, columns: Tensor, inputs: dict[str, Any]) -> Tensor:
    """Return the logits at some tokens of a batch, float32 of shape (tokens, vocabulary).

    The last layer turns only these hidden states into logits.
    """
    taken = []

    def take(_: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        taken.append(True)
        return (given[0][rows, columns][None], *given[1:])

    head = model.get_output_embeddings()
    hook = head.register_forward_pre_hook(take) if head is not None else None
    try:
        logits: Tensor = model(**inputs, return_dict=True).logits
    finally:
        if hook is not None:
            hook.remove()
    return (logits[0] if taken else logits[rows, columns]).float()
