"""The parameters of a phase of training, which all recipes that train share."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from xharness import BadParameter, Param, Tuning

# The official scripts call xlm-mlm-100-1280 and xlm-roberta-large large; their hidden sizes are 1,280 and 1,024.
_LARGE = 1024

_STEEPEST = 10
SELECTIONS = ("dev", "last", "average", "oracle")


def _steps(text: str) -> float:
    """Read a number of steps, or a share of all steps."""
    try:
        value = float(text)
        return value if value < 1 else int(text)
    except ValueError:
        raise ValueError("must be a whole number of steps, or a share below 1") from None


_KNOBS = {
    "learning_rate": Param(type=float, help="the peak learning rate"),
    "epochs": Param(type=float, help="passes over the training split"),
    "batch_size": Param(type=int, help="examples an optimiser step"),
    "max_length": Param(type=int, help="tokens that the model reads at once"),
    "warmup_steps": Param(type=_steps, help="steps in which the learning rate rises, below 1 a share of all"),
    "weight_decay": Param(type=float, help="weight decay of matrices"),
    "selection": Param(
        type=str,
        help="dev (the best score on the dev split beside the training split), last, average (of ten steps), or oracle "
        "(the best mean score on the dev splits of all the target's languages)",
    ),
    "eval_steps": Param(type=int, help="steps between two looks at the dev score"),
    "reruns": Param(type=int, help="how often a training that stays at chance is restarted"),
}


_OWN = "the task's"
_TASKS: Mapping[str, object] = {}


def phase(
    prefix: str = "", when: str = "", usual: Mapping[str, object] = _TASKS, without: Collection[str] = ()
) -> dict[str, Param]:
    """Return the parameters of a phase, whose names begin with `prefix`; `usual` are defaults other than the task's."""
    return {
        f"{prefix}{name}": replace(
            param, help=f"{when}{': ' if when else ''}{param.help}; by default {usual.get(name, _OWN)}"
        )
        for name, param in _KNOBS.items()
        if name not in without
    }


PARAMS = phase()


def exponent_of(params: Mapping[str, Any], name: str = "exponent") -> float:
    """Return an exponent that balances parts; BadParameter for one that is none of 0 to 10."""
    value: float = params[name]
    if not 0 <= value <= _STEEPEST:
        raise BadParameter.of(name, value, f"must be between 0 and {_STEEPEST}")
    return value


def given(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the values of a phase's parameters by the names that they have without its prefix.

    BadParameter for values out of range.
    """
    found = {name: params[f"{prefix}{name}"] for name in _KNOBS if f"{prefix}{name}" in params}
    _check(found, prefix)
    return found


def tuned(tuning: Tuning, params: Mapping[str, Any], hidden_size: int) -> Tuning:
    """Return a task's tuning for a model of a size, with what the user set; BadParameter for values out of range."""
    if tuning.large_learning_rate is not None and hidden_size >= _LARGE:
        tuning = replace(tuning, learning_rate=tuning.large_learning_rate)
    found = {name: params[name] for name in _KNOBS if params.get(name) is not None}
    _check(found)
    return replace(tuning, large_learning_rate=None, **found)


def _check(found: Mapping[str, Any], prefix: str = "") -> None:
    for name, value in found.items():
        if value is None:
            continue
        if name == "selection":
            if value not in SELECTIONS:
                raise BadParameter.of(f"{prefix}{name}", value, f"say {', '.join(SELECTIONS)}")
        elif name in ("warmup_steps", "weight_decay", "reruns"):
            if not 0 <= value < math.inf:
                raise BadParameter.of(f"{prefix}{name}", value, "must be at least 0")
        elif not 0 < value < math.inf:
            raise BadParameter.of(f"{prefix}{name}", value, "must be above 0")
