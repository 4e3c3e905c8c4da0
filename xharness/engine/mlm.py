"""Masked language modelling: pieces of a text are hidden, and the model is to find them again.

Devlin et al. 2019, BERT, NAACL, section 3.1: of the pieces selected, 80 % become the mask, 10 % another piece, 10 %
stay. The masks are drawn anew each time that a batch is made (Liu et al. 2019, RoBERTa, section 4.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    """What masking needs of a tokenizer: the mask, the padding, how many pieces there are, and which are special."""

    mask: int
    pad: int
    size: int
    special: tuple[int, ...]


def masked(ids: Tensor, vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """Return ids with some pieces hidden, and the targets: the selected pieces, elsewhere -100.

    `ids` has the shape (texts, pieces). Of every text 15 % of the pieces are selected, one at least, but none that is
    special. Chance is that of torch's generator.
    """
    import torch

    free = ~torch.isin(ids, torch.tensor(vocabulary.special))
    draws = torch.rand(ids.shape).masked_fill(~free, 2.0)
    selected = (draws < _SELECTED) | ((draws == draws.amin(dim=1, keepdim=True)) & free)
    fate = torch.rand(ids.shape)
    hidden = ids.masked_fill(selected & (fate < _MASKED), vocabulary.mask)
    others = torch.randint(vocabulary.size, ids.shape)
    replaced = selected & (fate >= _MASKED) & (fate < _MASKED + _REPLACED)
    return torch.where(replaced, others, hidden), ids.masked_fill(~selected, IGNORED)


def mask_objective(name: str, features: Sequence[Feature], vocabulary: Vocabulary) -> Objective:
    """Return the objective of filling in texts."""
    import numpy as np

    def batch(indexes: np.ndarray) -> Batch:
        made = padded([features[index] for index in indexes], vocabulary.pad)
        ids, targets = masked(made["input_ids"], vocabulary)
        return {**made, "input_ids": ids, "targets": targets}

    return Objective(name, np.array([len(feature.ids) for feature in features]), batch, mask_loss)


def mask_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the selected pieces, and their number.

    The head sees these alone: of 250,000 pieces, the logits of a whole batch would fill the memory.
    """
    targets = batch["targets"]
    selected = targets != IGNORED
    with _only(model.base_model, selected):
        logits = model(**inputs_of(batch)).logits
    return cross_entropy(logits.flatten(0, 1), targets[selected]), int(selected.sum())


@contextmanager
def _only(encoder: Any, selected: Tensor) -> Iterator[None]:
    """Within the block an encoder gives the vectors of some tokens alone, as if they were one text."""

    def cut(module: nn.Module, given: Any, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state[selected].unsqueeze(0)
        return output

    handle = encoder.register_forward_hook(cut)
    try:
        yield
    finally:
        handle.remove()


def fixed(objective: Objective, seed: int, budget: int = 4096) -> list[Batch]:
    """Return the batches of an objective, masked as the seed alone says; torch's generator is left as it is."""
    import numpy as np
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return [objective.batch(np.asarray(part)) for part in objective.parts(objective.lengths, budget)]


def perplexity(model: nn.Module, batches: Iterable[Batch], device: torch.device, dtype: torch.dtype) -> float:
    """Return the perplexity of the masked pieces: e to the mean of their cross-entropies, in nats.

    The model is in evaluation mode meanwhile; with bfloat16 the products are computed in it.
    """
    import torch

    was_training, total, terms = model.training, 0.0, 0
    model.to(device).eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
        for batch in batches:
            loss, count = mask_loss(model, {name: value.to(device) for name, value in batch.items()})
            total, terms = total + float(loss), terms + count
    model.train(was_training)
    return math.exp(min(total / max(terms, 1), 700.0))
