"""Forward passes of causal language models over contexts that several continuations share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass
class Prefix:
    """Contexts that were computed: the cache of keys and values, the mask of real tokens, and the last logits.

    `mask` has shape (contexts, tokens), `logits` shape (contexts, vocabulary), float32.
    """

    cache: Any
    mask: Tensor
    logits: Tensor

    def select(self, rows: Sequence[int]) -> Prefix:
        """Return the contexts of some rows, a row as often as it is named; this one is used up."""
        import torch

        index = torch.tensor(rows, device=self.mask.device)
        self.cache.batch_select_indices(index)
        return Prefix(self.cache, self.mask[index], self.logits[index])


def prefill(model: Any, contexts: Sequence[Sequence[int]], pad_id: int, device: torch.device) -> Prefix:
    """Compute contexts, padded on the left, so that what follows stands next to their last token."""
    import torch

    ids, mask = padded(contexts, pad_id, left=True)
    ids, mask = ids.to(device), mask.to(device)
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    out = model(
        input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1, return_dict=True
    )
    return Prefix(out.past_key_values, mask, checked(model, out.logits[:, -1].to(torch.float32)))


def extend(model: Any, prefix: Prefix, tokens: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Prefix]:
    """Compute tokens after the contexts of a prefix, one list each, padded on the right.

    Returns the logits at every token, shape (contexts, tokens, vocabulary), and the longer prefix.
    """
    import torch

    device = prefix.mask.device
    ids, own = padded(tokens, pad_id, left=False)
    mask = torch.cat([prefix.mask, own.to(device)], dim=1)
    positions = prefix.mask.sum(dim=1, keepdim=True) + torch.arange(ids.shape[1], device=device)
    out = model(
        input_ids=ids.to(device),
        attention_mask=mask,
        position_ids=positions,
        past_key_values=prefix.cache,
        use_cache=True,
        return_dict=True,
    )
    return out.logits, Prefix(out.past_key_values, mask, checked(model, out.logits[:, -1].to(torch.float32)))


def checked(model: Any, logits: Tensor) -> Tensor:
    """Return logits; StageError if some are NaN or infinite."""
    if bool(logits.isfinite().all()):
        return logits
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    advice = "download the checkpoint again" if dtype == "float32" else "try --dtype float32"
    raise StageError(f"outputs hold NaN or infinite values (logits, {dtype}); {advice}")


def padded(lists: Sequence[Sequence[int]], pad_id: int, *, left: bool) -> tuple[Tensor, Tensor]:
    """Return lists of token ids as one tensor, and the mask of the real ones, both int64 of shape (lists, longest)."""
    import numpy as np
    import torch

    lengths = np.array([len(ids) for ids in lists])
    width = int(lengths.max(initial=0))
    numbers = np.arange(width)
    real = numbers >= (width - lengths)[:, None] if left else numbers < lengths[:, None]
    ids = np.full((len(lists), width), pad_id, dtype=np.int64)
    ids[real] = np.concatenate([np.asarray(each, dtype=np.int64) for each in lists]) if width else []
    return torch.from_numpy(ids), torch.from_numpy(real.astype(np.int64))
