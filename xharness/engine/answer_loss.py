"""Training of a causal language model on texts of which only some tokens, the answers, count in the loss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xharness.engine.branches import chosen_logits
from xharness.engine.objectives import (
    IGNORED,
    Batch,
    Feature,
    Objective,
    cross_entropy,
    feature,
    inputs_of,
    objective,
)  # fmt: skip

if TYPE_CHECKING:
    from torch import Tensor, nn

AnswerPart = tuple[Sequence[int], bool]
"""Token ids in a row, and whether they belong to an answer."""


def answer_feature(parts: Iterable[AnswerPart]) -> Feature:
    """Return the training input of a text: all token ids but the last.

    The target of a token is the one after it if that belongs to an answer, else -100.
    """
    ids: list[int] = []
    targets: list[int] = []
    for own, answers in parts:
        ids += own
        targets += own if answers else [IGNORED] * len(own)
    return feature(ids[:-1], None, targets[1:])


def answer_objective(name: str, features: Sequence[Feature], pad_id: int) -> Objective:
    """Return the objective of a causal language model: the cross-entropy of each token of the answers."""
    return objective(name, features, pad_id, answer_loss)


def answer_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the answers' tokens, and their number; no other logits are computed."""
    rows, columns = (batch["targets"] != IGNORED).nonzero(as_tuple=True)
    logits = chosen_logits(model, rows, columns, {**inputs_of(batch), "use_cache": False})
    return cross_entropy(logits, batch["targets"][rows, columns]), len(rows)
