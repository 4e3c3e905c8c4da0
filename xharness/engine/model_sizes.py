"""Refuse a configuration that describes a much larger model than the weights are, before the model is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest

_LAYERS = (
    "num_hidden_layers", "n_layers", "n_layer", "num_layers", "num_decoder_layers", "encoder_layers", "decoder_layers",
    "num_hidden_groups", "inner_group_num",
)  # fmt: skip
_SHARED = "num_hidden_groups"
"""The number of layers with weights of their own, in models whose layers share weights (ALBERT)."""
_HIDDEN = ("hidden_size", "d_model", "dim", "emb_dim", "n_embd")
_TIMES = 2
"""A model that is larger than the weights by less is built, and the error names the weights that do not fit."""
_ADVICE = "config.json does not belong to these weights; download the checkpoint again"


def check_config(path: Path, config: Mapping[str, Any], tensors: int, values: int) -> None:
    """Raise BadRequest if the sizes in a configuration exceed the weights; nothing is built.

    The weights are `tensors` tensors with `values` numbers in all. A layer has at least one tensor, and at least
    the square of the hidden size in weights.
    """
    name, layers = max(((key, _number(config, [key])) for key in _LAYERS), key=lambda entry: entry[1])
    if layers > tensors:
        raise BadRequest(
            f"{path / 'config.json'}: {layers:,} layers ({name}), but the weights are {tensors:,} tensors; {_ADVICE}"
        )
    hidden, own = _number(config, _HIDDEN), _number(config, [_SHARED, *_LAYERS]) or 1
    if own * hidden**2 > values:
        raise BadRequest(
            f"{path / 'config.json'}: describes at least {own * hidden**2:,} parameters (layers: {own:,}, hidden size: "
            f"{hidden:,}), but the weights have {values:,}; {_ADVICE}"
        )


def check_parameters(path: Path, parameters: int, values: int) -> None:
    """Raise BadRequest if the encoder of a configuration has more than twice as many parameters as the weights."""
    if parameters > _TIMES * values:
        raise BadRequest(
            f"{path / 'config.json'}: describes an encoder with {parameters:,} parameters, but the weights have "
            f"{values:,}; {_ADVICE}"
        )


def _number(config: Mapping[str, Any], names: Iterable[str]) -> int:
    """Return the first of several settings that is a number, 0 if none is."""
    found = (config.get(name) for name in names)
    return next((value for value in found if isinstance(value, int) and value), 0)
