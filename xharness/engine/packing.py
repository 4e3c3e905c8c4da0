"""Weights of linear layers in the blocked layout of oneDNN, for inference in float32 on a CPU.

The matrix products of torch reorder the weights in every call, which takes long if few tokens are computed, as in
generation. Log-likelihoods of SmolLM2 with packed weights differ by up to 2e-4 from those of plain products, so packed
weights are for written texts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_MOST = 10**9
"""Values of a model that is packed: packed weights need as much memory again."""
_TOKENS = 512
"""Tokens of a batch for which the layout is chosen."""


def pack(model: Any) -> Any:
    """Let the linear layers of a model use packed weights, which later changes of the weights do not reach.

    The model stays as it is unless it is in float32 on a CPU, has at most a billion values, and torch has oneDNN.
    """
    import torch

    values = sum(weight.numel() for weight in model.parameters())
    if {(weight.device.type, weight.dtype) for weight in model.parameters()} != {("cpu", torch.float32)}:
        return model
    backend: Any = torch.backends.mkldnn
    if values > _MOST or not backend.is_available():
        return model
    with torch.no_grad():
        for module in model.modules():
            if type(module) is torch.nn.Linear:
                _pack(module)
    return model


def _pack(layer: Any) -> None:
    import torch

    ops, bias = torch.ops.mkldnn, layer.bias
    try:
        weight = ops._reorder_linear_weight(layer.weight.detach(), _TOKENS)  # noqa: SLF001 - torch has no public name
        product = ops._linear_pointwise  # noqa: SLF001 - torch has no public name
    except (AttributeError, RuntimeError):  # this build of torch lacks the operations
        return

    def forward(inputs: Tensor) -> Tensor:
        found: Tensor = product(inputs, weight, bias, "none", [], "")
        return found

    layer.forward = forward
