"""The parameters `samples` and `temperature`: several programs for a problem, drawn at a temperature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xharness import BadParameter, Param, positive

if TYPE_CHECKING:
    from xharness.engine.drawing import Draw

SAMPLES, TEMPERATURE = "samples", "temperature"
_HOTTEST = 10.0


def _temperature(text: str) -> float:
    value = float(text)
    if not 0 < value <= _HOTTEST:
        raise ValueError(f"must be above 0 and at most {_HOTTEST:g}; leave it out to write the most likely text")
    return value


PARAMS: Mapping[str, Param] = {
    SAMPLES: Param(
        type=positive, capability="generate", help="programs that are written for a problem, for pass@k; by default one"
    ),
    TEMPERATURE: Param(
        type=_temperature,
        capability="generate",
        help="draw the tokens of programs at this temperature, the same ones in each run; by default the most likely "
        "ones are taken",
    ),
}


def check_samples(params: Mapping[str, Any]) -> None:
    """Raise BadParameter if several programs are asked for without a temperature: they would all be equal."""
    if (params.get(SAMPLES) or 1) > 1 and params.get(TEMPERATURE) is None:
        raise BadParameter.of(
            SAMPLES, params[SAMPLES], "the programs are equal without a temperature; add --param temperature=0.8"
        )


def settled(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters without these two where they are not set, so that keys do not depend on them."""
    return {name: value for name, value in params.items() if name not in PARAMS or value is not None}


def draws_of(params: Mapping[str, Any]) -> tuple[Draw, ...]:
    """Return how each program of a problem is drawn; none if the most likely one is written."""
    from xharness.engine.drawing import Draw

    temperature = params.get(TEMPERATURE)
    return () if temperature is None else tuple(Draw(n, temperature) for n in range(params.get(SAMPLES) or 1))
