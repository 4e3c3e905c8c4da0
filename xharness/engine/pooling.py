"""Pool hidden states into one vector per text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

LAST = "last"
POOLINGS = ("mean", "cls", LAST)
POOLER = "pooler"
"""The model's own pooling layer on the first position, for dual encoders trained with it."""


def default_layer(layers: int) -> int:
    """Return the default hidden layer for retrieval, slightly above the middle; 0 is the embedding layer.

    The rule gives 8 of mBERT's 12 and 14 of XLM-R large's 24 layers, as in run_tatoeba.sh of
    github.com/google-research/xtreme.
    """
    return min(layers, layers // 2 + 2)


def embedding_step(
    model: Any, layer: int, pooling: str, without: int | None = None
) -> Callable[[dict[str, Tensor]], Tensor]:
    """Return a function from a batch to float32 vectors of shape (texts, hidden size), pooled from a hidden layer.

    `mean` averages all attended positions, special tokens included, as in evaluate_retrieval.py of
    google-research/xtreme; `cls` takes the first position, `last` the last attended one; `pooler` is the model's own
    pooling layer, on the last hidden layer. The token `without` is left out of the mean, unless a text has no other.
    Layers above `layer` are removed from the model to save time, if they can be identified.
    """
    if pooling == POOLER:
        return lambda batch: trained_vectors(model, batch)
    hidden = _cut(model, layer) or _full(model, layer)

    def step(batch: dict[str, Tensor]) -> Tensor:
        return pool(hidden(batch), _counted(batch, without), pooling)

    return step


def _counted(batch: dict[str, Tensor], without: int | None) -> Tensor | None:
    """Return the mask of the positions that count: the attended ones that do not hold the token `without`."""
    mask = batch.get("attention_mask")
    if mask is None or without is None:
        return mask
    others = mask * (batch["input_ids"] != without)
    return others + mask * (others.sum(dim=1, keepdim=True) == 0)


def layers_step(
    model: Any, layers: Sequence[int], pooling: str, without: int | None = None
) -> Callable[[dict[str, Tensor]], Tensor]:
    """Return a function from a batch to the vectors of several layers, float32 of shape (texts, layers, hidden size).

    The vectors equal those of `embedding_step` for each layer; the model, with all its layers, runs once.
    """
    from torch import stack

    def step(batch: dict[str, Tensor]) -> Tensor:
        states = model(**batch, output_hidden_states=True).hidden_states
        return stack([pool(states[layer], _counted(batch, without), pooling) for layer in layers], dim=1)

    return step


def trained_vectors(model: Any, batch: dict[str, Tensor], pooling: str = POOLER) -> Tensor:
    """Return the vectors that a dual encoder is trained on: the pooler output, or the first position without a pooler.

    With the pooling `last`, for decoders, the last attended position. Float32 of shape (texts, hidden size).
    """
    output = model(**batch)
    if pooling == LAST:
        return pool(output.last_hidden_state, batch.get("attention_mask"), LAST)
    pooled: Tensor | None = getattr(output, "pooler_output", None)
    vectors: Tensor = output.last_hidden_state[:, 0] if pooled is None else pooled
    return vectors.float()


def pool(hidden: Tensor, mask: Tensor | None, pooling: str) -> Tensor:
    """Pool hidden states of shape (texts, tokens, size) to (texts, size); without a mask, all positions count."""
    if pooling == "cls":
        return hidden[:, 0].float()
    if pooling == LAST:
        return last(hidden, mask).float()
    if mask is None:
        return hidden.float().mean(dim=1)
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).float().sum(dim=1) / mask.sum(dim=1, keepdim=True)


def last(hidden: Tensor, mask: Tensor | None) -> Tensor:
    """Return the states of the last attended position, shape (texts, size); without a mask, of the last position."""
    import torch

    if mask is None:
        return hidden[:, -1]
    positions = torch.arange(mask.shape[1], device=mask.device)
    return hidden[torch.arange(len(hidden), device=mask.device), (mask * positions).argmax(dim=1)]


def _full(model: Any, layer: int) -> Callable[[dict[str, Tensor]], Tensor]:
    def hidden(batch: dict[str, Tensor]) -> Tensor:
        state: Tensor = model(**batch, output_hidden_states=True).hidden_states[layer]
        return state

    return hidden


def _cut(model: Any, layer: int) -> Callable[[dict[str, Tensor]], Tensor] | None:
    """Remove the layers above `layer` and return a function to its states; None if the layers cannot be identified."""
    layers = model.config.num_hidden_layers
    stacks = [module for module in model.modules() if _is_stack(module, layers)]
    if len(stacks) != 1 or not 0 < layer < layers:
        return None
    # A hook reads the output of the layer itself, since some models normalise the output of the last one again.
    outputs: list[Any] = []
    stacks[0][layer - 1].register_forward_hook(lambda _module, _given, output: outputs.append(output))
    del stacks[0][layer:]

    def hidden(batch: dict[str, Tensor]) -> Tensor:
        outputs.clear()
        model(**batch)
        output: Tensor = outputs[0][0] if isinstance(outputs[0], tuple) else outputs[0]
        return output

    return hidden


def _is_stack(module: nn.Module, layers: int) -> bool:
    from torch.nn import ModuleList

    return isinstance(module, ModuleList) and len(module) == layers
