"""From hidden states to one vector a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

POOLINGS = ("mean", "cls")
POOLER = "pooler"
"""The model's own layer upon the first position, where its vectors were trained through it."""


def default_layer(layers: int) -> int:
    """Return the hidden layer that serves retrieval, 0 being the embeddings: a bit past the middle.

    The rule gives 8 of mBERT's 12 and 14 of XLM-R large's 24, as run_tatoeba.sh of github.com/google-research/xtreme.
    """
    return min(layers, layers // 2 + 2)


def embedding_step(model: Any, layer: int, pooling: str) -> Callable[[dict[str, Tensor]], Tensor]:
    """Return what turns a batch into vectors, float32 of shape (texts, hidden size), from a hidden layer.

    `mean` is over all attended positions, special tokens included, as in evaluate_retrieval.py of
    google-research/xtreme; `cls` is the first position. Layers above `layer` are cut off the model, where its
    layers can be told; they would be computed in vain. `pooler` is the model's own, on its last layer.
    """
    if pooling == POOLER:
        return lambda batch: trained_vectors(model, batch)
    hidden = _cut(model, layer) or _full(model, layer)

    def step(batch: dict[str, Tensor]) -> Tensor:
        return pool(hidden(batch), batch.get("attention_mask"), pooling)

    return step


def layers_step(model: Any, layers: Sequence[int], pooling: str) -> Callable[[dict[str, Tensor]], Tensor]:
    """Return what turns a batch into the vectors of several layers, float32 of shape (texts, layers, hidden size).

    They are those of `embedding_step` for each layer, in one pass through a model that has all its layers.
    """
    from torch import stack

    def step(batch: dict[str, Tensor]) -> Tensor:
        states = model(**batch, output_hidden_states=True).hidden_states
        return stack([pool(states[layer], batch.get("attention_mask"), pooling) for layer in layers], dim=1)

    return step


def trained_vectors(model: Any, batch: dict[str, Tensor]) -> Tensor:
    """Return the vectors that a dual encoder is trained on: of the pooler, or of the first position without one."""
    output = model(**batch)
    pooled: Tensor | None = getattr(output, "pooler_output", None)
    found: Tensor = output.last_hidden_state[:, 0] if pooled is None else pooled
    return found.float()


def pool(hidden: Tensor, mask: Tensor | None, pooling: str) -> Tensor:
    """Return the vectors of hidden states of shape (texts, tokens, size); without a mask every position counts."""
    if pooling == "cls":
        return hidden[:, 0].float()
    if mask is None:
        return hidden.float().mean(dim=1)
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).float().sum(dim=1) / mask.sum(dim=1, keepdim=True)


def _full(model: Any, layer: int) -> Callable[[dict[str, Tensor]], Tensor]:
    def hidden(batch: dict[str, Tensor]) -> Tensor:
        found: Tensor = model(**batch, output_hidden_states=True).hidden_states[layer]
        return found

    return hidden


def _cut(model: Any, layer: int) -> Callable[[dict[str, Tensor]], Tensor] | None:
    """Return a faster way to the same states, None where the model does not show its layers as one list."""
    total = model.config.num_hidden_layers
    stacks = [module for module in model.modules() if _is_stack(module, total)]
    if len(stacks) != 1 or not 0 < layer < total:
        return None
    # The output of a layer is read where it leaves it: some models normalise it once more after the last one.
    kept: list[Any] = []
    stacks[0][layer - 1].register_forward_hook(lambda _module, _given, output: kept.append(output))
    del stacks[0][layer:]

    def hidden(batch: dict[str, Tensor]) -> Tensor:
        kept.clear()
        model(**batch)
        output: Tensor = kept[0][0] if isinstance(kept[0], tuple) else kept[0]
        return output

    return hidden


def _is_stack(module: nn.Module, total: int) -> bool:
    from torch.nn import ModuleList

    return isinstance(module, ModuleList) and len(module) == total
