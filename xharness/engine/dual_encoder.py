"""Dual encoders: one encoder for queries and candidates, trained with in-batch negatives.

The loss is a softmax over scaled cosine similarities, with a learned scale initialised to 100, as in the LAReQA and
Mewsli-X models of github.com/google-research/xtreme (third_party/run_retrieval.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness.engine.objectives import Feature, Objective, padded

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    Batch = Mapping[str, Tensor]

_SCALE = 100.0
_CANDIDATE = "candidate_"


def add_scale(model: nn.Module) -> None:
    """Add the learned scale to a model as a parameter, so that it is trained and saved with the weights."""
    import torch

    model.register_parameter("scale", torch.nn.Parameter(torch.tensor([_SCALE])))


def remove_scale(model: nn.Module) -> None:
    """Remove the scale; retrieval by cosine similarity does not use it."""
    del model.scale


def objective(
    name: str,
    queries: Sequence[Feature],
    candidates: Sequence[Feature],
    pad_id: int,
    negatives: int,
    pool: Callable[[nn.Module, dict[str, Tensor]], Tensor],
) -> Objective:
    """Return the objective of queries and their candidates, one candidate per query.

    Each query is contrasted with the candidates of its group of `negatives` queries, whatever the size of the computed
    batch. `pool(model, inputs)` returns one vector per text, shape (texts, size).
    """
    import numpy as np
    import torch

    def batch(indexes: np.ndarray) -> Batch:
        left = padded([queries[index] for index in indexes], pad_id)
        right = padded([candidates[index] for index in indexes], pad_id)
        return {**left, **{_CANDIDATE + key: value for key, value in right.items()}}

    def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
        left, right = (torch.split(pool(model, side), negatives) for side in _sides(batch))
        losses = [
            in_batch_loss(query, candidate, model.get_parameter("scale")) for query, candidate in zip(left, right)
        ]
        return torch.stack(losses).sum(), len(batch["input_ids"])

    def parts(lengths: np.ndarray, budget: int) -> list[np.ndarray]:
        # Examples come sorted by length; a group takes every n-th, so that length does not identify the candidate.
        order = np.argsort(np.arange(len(lengths)) % -(-len(lengths) // negatives), kind="stable")
        size = negatives * max(1, budget // (negatives * int(lengths.max())))
        return [order[start : start + size] for start in range(0, len(order), size)]

    lengths = np.array([len(left.ids) + len(right.ids) for left, right in zip(queries, candidates, strict=True)])
    return Objective(name=name, lengths=lengths, batch=batch, loss=loss, parts=parts)


def in_batch_loss(queries: Tensor, candidates: Tensor, scale: Tensor) -> Tensor:
    """Return the summed cross-entropy of the candidate of each query against all candidates of the batch.

    Both have shape (n, size) and are normalised here; row i of `candidates` belongs to row i of `queries`.
    """
    import torch
    from torch.nn.functional import cross_entropy, normalize

    scores = scale * normalize(queries.float(), dim=1) @ normalize(candidates.float(), dim=1).T
    targets = torch.arange(len(scores), device=scores.device)
    return cross_entropy(scores, targets, reduction="sum")


def _sides(batch: Batch) -> tuple[dict[str, Any], dict[str, Any]]:
    inputs = {key: value for key, value in batch.items() if not key.endswith("targets")}
    left = {key: value for key, value in inputs.items() if not key.startswith(_CANDIDATE)}
    right = {key.removeprefix(_CANDIDATE): value for key, value in inputs.items() if key.startswith(_CANDIDATE)}
    return left, right
