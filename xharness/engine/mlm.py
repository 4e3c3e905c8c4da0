"""Masked language modelling: masking, loss and perplexity.

Devlin et al. 2019, BERT, NAACL, section 3.1: of the selected tokens, 80 % are replaced by the mask token, 10 % by a
random token, and 10 % stay. Masking is dynamic: every batch is masked anew (Liu et al. 2019, RoBERTa, section 4.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from xharness.engine.finite import not_finite
from xharness.engine.objectives import IGNORED, Feature, Objective, cross_entropy, inputs_of, padded

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import torch
    from torch import Tensor, nn

    Batch = Mapping[str, Tensor]

_SELECTED, _MASKED, _REPLACED = 0.15, 0.8, 0.1


@dataclass(frozen=True)
class Vocabulary:
    """The tokenizer properties that masking uses: mask id, padding id, vocabulary size, and ids of special tokens."""

    mask: int
    pad: int
    size: int
    special: tuple[int, ...]


def masked(ids: Tensor, vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """Return the masked ids, and the targets: the ids of the selected tokens, -100 elsewhere.

    `ids` has shape (texts, tokens). 15 % of the tokens of each text are selected, at least one, never a special token.
    Random numbers come from torch's global generator.
    """
    import torch

    free = ~torch.isin(ids, torch.tensor(vocabulary.special))
    draws = torch.rand(ids.shape).masked_fill(~free, 2.0)
    selected = (draws < _SELECTED) | ((draws == draws.amin(dim=1, keepdim=True)) & free)
    action = torch.rand(ids.shape)
    hidden = ids.masked_fill(selected & (action < _MASKED), vocabulary.mask)
    random_ids = torch.randint(vocabulary.size, ids.shape)
    replaced = selected & (action >= _MASKED) & (action < _MASKED + _REPLACED)
    return torch.where(replaced, random_ids, hidden), ids.masked_fill(~selected, IGNORED)


def mask_objective(name: str, features: Sequence[Feature], vocabulary: Vocabulary) -> Objective:
    """Return the masked language modelling objective over `features`."""
    import numpy as np

    def batch(indexes: np.ndarray) -> Batch:
        inputs = padded([features[index] for index in indexes], vocabulary.pad)
        ids, targets = masked(inputs["input_ids"], vocabulary)
        return {**inputs, "input_ids": ids, "targets": targets}

    return Objective(name, np.array([len(feature.ids) for feature in features]), batch, mask_loss)


def mask_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the selected tokens, and their number.

    The head computes logits only at the selected tokens: with a vocabulary of 250,000, the logits of a whole batch do
    not fit in memory.
    """
    targets = batch["targets"]
    selected = targets != IGNORED
    with _selected_states(model.base_model, selected):
        logits = model(**inputs_of(batch)).logits
    return cross_entropy(logits.flatten(0, 1), targets[selected]), int(selected.sum())


@contextmanager
def _selected_states(encoder: Any, selected: Tensor) -> Iterator[None]:
    """Let an encoder return, within the block, the hidden states of the selected tokens only, as one text."""

    def select(module: nn.Module, inputs: Any, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state[selected].unsqueeze(0)
        return output

    handle = encoder.register_forward_hook(select)
    try:
        yield
    finally:
        handle.remove()


def fixed(objective: Objective, seed: int, budget: int = 4096) -> list[Batch]:
    """Return the batches of an objective, masked deterministically by the seed; torch's generator is unchanged."""
    import numpy as np
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return [objective.batch(np.asarray(part)) for part in objective.parts(objective.lengths, budget)]


def perplexity(model: nn.Module, batches: Iterable[Batch], device: torch.device, dtype: torch.dtype) -> float:
    """Return the perplexity of the masked tokens: e to the power of their mean cross-entropy (in nats).

    The model is evaluated in eval mode and put back into its mode; with bfloat16, autocast is on. StageError if a loss
    is NaN or infinite.
    """
    import torch

    was_training, total, terms = model.training, 0.0, 0
    model.to(device).eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
        for batch in batches:
            moved = {name: value.to(device) for name, value in batch.items()}
            loss, count = mask_loss(model, moved)
            total, terms = total + float(loss), terms + count
            if not math.isfinite(total):
                raise not_finite(partial(mask_loss, model, moved))
    model.train(was_training)
    return math.exp(min(total / max(terms, 1), 700.0))
