"""The parameters of a training phase, shared by all recipes that train."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from xharness import BadParameter, Param, Tuning

# The official scripts call xlm-mlm-100-1280 and xlm-roberta-large large; their hidden sizes are 1,280 and 1,024.
_LARGE = 1024

_MAX_EXPONENT = 10
SELECTIONS = ("dev", "last", "average", "oracle")


def _steps(text: str) -> float:
    """Read a number of steps, or below 1 a fraction of all steps."""
    try:
        value = float(text)
        return value if value < 1 else int(text)
    except ValueError:
        raise ValueError("must be a whole number of steps, or a fraction of all steps below 1") from None


# The names are the fields of `Tuning`.
_TUNING = {
    "learning_rate": Param(type=float, help="peak learning rate"),
    "epochs": Param(type=float, help="passes over the training split"),
    "batch_size": Param(type=int, help="examples per optimiser step"),
    "max_length": Param(type=int, help="maximum number of tokens of an input"),
    "warmup_steps": Param(type=_steps, help="warm-up steps of the learning rate; below 1 a fraction of all steps"),
    "weight_decay": Param(type=float, help="weight decay of weight matrices"),
    "selection": Param(
        type=str,
        help="which checkpoint is kept: dev (best score on the dev split in the training language), last, average "
        "(mean weights of ten steps) or oracle (best mean score on the dev splits of all the target's languages)",
    ),
    "eval_steps": Param(type=int, help="steps between two evaluations on the dev split"),
    "reruns": Param(type=int, help="maximum number of restarts, with other seeds, if a training stays at chance"),
}


_FROM_TASK = "the task's own"
_NONE: Mapping[str, object] = {}


def phase(
    prefix: str = "", when: str = "", usual: Mapping[str, object] = _NONE, without: Collection[str] = ()
) -> dict[str, Param]:
    """Return the parameters of a phase: their names begin with `prefix`, their help with the phase's name `when`.

    `usual` are defaults that are not the task's own. The parameters `without` are left out.
    """
    return {
        f"{prefix}{name}": replace(
            param, help=f"{when}{': ' if when else ''}{param.help}; by default {usual.get(name, _FROM_TASK)}"
        )
        for name, param in _TUNING.items()
        if name not in without
    }


PARAMS = phase()


def exponent_of(params: Mapping[str, Any], name: str = "exponent") -> float:
    """Return a sampling exponent; BadParameter if it is not between 0 and 10."""
    value: float = params[name]
    if not 0 <= value <= _MAX_EXPONENT:
        raise BadParameter.of(name, value, f"must be between 0 and {_MAX_EXPONENT}")
    return value


def given(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the values of a phase's parameters, by name without the prefix; BadParameter for values out of range."""
    values = {name: params[f"{prefix}{name}"] for name in _TUNING if f"{prefix}{name}" in params}
    _check(values, prefix)
    return values


def tuned(tuning: Tuning, params: Mapping[str, Any], hidden_size: int) -> Tuning:
    """Return a task's tuning for a model of a hidden size, with the values that the user set.

    BadParameter for values out of range.
    """
    if tuning.large_learning_rate is not None and hidden_size >= _LARGE:
        tuning = replace(tuning, learning_rate=tuning.large_learning_rate)
    values = {name: params[name] for name in _TUNING if params.get(name) is not None}
    _check(values)
    return replace(tuning, large_learning_rate=None, **values)


def _check(values: Mapping[str, Any], prefix: str = "") -> None:
    for name, value in values.items():
        if value is None:
            continue
        if name == "selection":
            if value not in SELECTIONS:
                raise BadParameter.of(f"{prefix}{name}", value, f"must be one of {', '.join(SELECTIONS)}")
        elif name in ("warmup_steps", "weight_decay", "reruns"):
            if not 0 <= value < math.inf:
                raise BadParameter.of(f"{prefix}{name}", value, "must be at least 0")
        elif not 0 < value < math.inf:
            raise BadParameter.of(f"{prefix}{name}", value, "must be above 0")
