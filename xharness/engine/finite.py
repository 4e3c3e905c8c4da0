"""Refuse NaN and infinite values in the outputs of a model, and name the layer that they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor, nn

    Again = Callable[[], object]


def check_finite(values: np.ndarray, lengths: np.ndarray | None, again: Again) -> None:
    """Raise StageError if the outputs of a batch hold NaN or infinite values.

    `values` has shape (sequences, ...), with `lengths` (sequences, tokens, ...): values after the length of a sequence
    are padding and may be anything. `again()` runs the same batch once more, to find the layer.
    """
    import numpy as np

    if np.isfinite(values).all():
        return
    real = values if lengths is None else values[np.arange(values.shape[1]) < lengths[:, None]]
    if not np.isfinite(real).all():
        raise not_finite(again)


def checked_generation(model: nn.Module, generate: Callable[[], Tensor]) -> Tensor:
    """Return what `generate` returns; raise StageError if logits that the model gave it are NaN or infinite.

    The logits are checked on the device; the result is read once, after the generation.
    """
    import torch

    finite: list[Tensor] = []
    handle = model.register_forward_hook(lambda _model, _inputs, output: finite.append(_finite(output.logits[:, -1])))
    try:
        made = generate()
    finally:
        handle.remove()
    if finite and not bool(torch.stack(finite).all()):
        raise not_finite(generate)
    return made


def not_finite(again: Again) -> StageError:
    """Return the error for outputs with NaN or infinite values; `again()` runs the model, to find the first layer."""
    layer, dtype, damaged = _origin(again)
    cause = "the weights of this layer hold such values too" if damaged else "values overflow within the model"
    advice = "download or train the checkpoint again"
    if dtype != "float32":
        advice = f"try --dtype float32, and if that fails too, {advice}"
    return StageError(f"outputs hold NaN or infinite values (layer {layer}, {dtype}); {cause}; {advice}")


def _origin(again: Again) -> tuple[str, str, bool]:
    """Return the first layer with such values in its output, its dtype, and whether its weights hold such values."""
    from torch.nn.modules.module import register_module_forward_hook

    first: list[tuple[nn.Module, torch.dtype]] = []
    outermost: list[nn.Module] = []

    def look(module: nn.Module, _inputs: Any, output: Any) -> None:
        outermost[:] = [module]  # a module ends after its children
        wrong = None if first else next((each for each in _tensors(output) if not bool(_finite(each))), None)
        if wrong is not None:
            first.append((module, wrong.dtype))

    handle = register_module_forward_hook(look)
    try:
        again()
    finally:
        handle.remove()
    layer, dtype = first[0] if first else (None, next((each.dtype for each in _weights(outermost)), "unknown"))
    names = {id(module): name for root in outermost for name, module in root.named_modules()}
    damaged = any(not bool(_finite(each)) for each in (layer.parameters(recurse=False) if layer else ()))
    name = (names.get(id(layer)) or type(layer).__name__) if layer else "after the last one"
    return name, str(dtype).removeprefix("torch."), damaged


def _weights(modules: list[nn.Module]) -> Iterator[Tensor]:
    return (weight for module in modules for weight in module.parameters())


def _tensors(output: Any) -> Iterator[Tensor]:
    """Yield the tensors of floating-point numbers in the output of a module."""
    import torch

    if isinstance(output, torch.Tensor):
        if output.is_floating_point():
            yield output
    elif isinstance(output, Mapping):
        yield from (tensor for value in output.values() for tensor in _tensors(value))
    elif isinstance(output, tuple | list):
        yield from (tensor for value in output for tensor in _tensors(value))


def _finite(values: Tensor) -> Tensor:
    return values.isfinite().all()
