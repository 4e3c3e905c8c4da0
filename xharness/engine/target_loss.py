"""Training of an encoder-decoder on texts: the cross-entropy of the tokens of each target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from xharness.engine.branches import chosen_logits
from xharness.engine.encoder_decoder import Target
from xharness.engine.objectives import IGNORED, Batch, Objective, cross_entropy, feature, inputs_of, objective

if TYPE_CHECKING:
    from torch import Tensor, nn


def target_objective(name: str, targets: Sequence[Target], pad_id: int, start: tuple[int, ...]) -> Objective:
    """Return the objective of an encoder-decoder: the cross-entropy of each token of the targets.

    `start` are the tokens before each target, which do not count. The length of an input is that of its context and its
    target.
    """
    import numpy as np

    features = [feature(list(each.context), None, list(each.ids)) for each in targets]
    lengths = np.array([len(each.context) + len(start) - 1 + len(each.ids) for each in targets])
    return replace(objective(name, features, pad_id, partial(target_loss, start=start, pad_id=pad_id)), lengths=lengths)


def target_loss(model: nn.Module, batch: Batch, start: tuple[int, ...], pad_id: int) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the targets' tokens, and their number; no other logits are computed."""
    import torch

    targets = batch["targets"]
    before = targets.new_tensor(start).expand(len(targets), -1)
    given = torch.cat([before, targets[:, :-1].masked_fill(targets[:, :-1] == IGNORED, pad_id)], dim=1)
    rows, columns = (targets != IGNORED).nonzero(as_tuple=True)
    inputs = {**inputs_of(batch), "decoder_input_ids": given, "use_cache": False}
    logits = chosen_logits(model, rows, columns + len(start) - 1, inputs)
    return cross_entropy(logits, targets[rows, columns]), len(rows)
