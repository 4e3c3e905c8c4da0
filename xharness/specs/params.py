"""The parameters that a plugin declares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xharness.errors import BadParameter


@dataclass(frozen=True, kw_only=True)
class Param:
    """A parameter that a user can set with `--param name=value`.

    `type` converts the text and raises ValueError for an invalid one. With the `default` None the plugin computes the
    value. `capability` names the only capability that uses the parameter, `role` the only role of texts; empty: all. A
    parameter of an adapter that cannot change predictions, such as a number of threads, is not `keyed`: it does not
    enter keys. One that `trains` is also used by trainings on tasks of the capability, and enters their keys. One that
    is `derived` follows from the checkpoint: `Model.settle` sets it, a user cannot, and the recipe of a record does not
    have it.
    """

    type: Callable[[str], Any]
    default: Any = None
    help: str = ""
    capability: str = ""
    keyed: bool = True
    role: str = ""
    trains: bool = False
    derived: bool = False


def positive(text: str) -> int:
    """Return a whole number of at least 1, as the `type` of a parameter; raise ValueError for any other text."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number of at least 1")
    return int(text)


_LARGEST = 10**12
_NUMBERS: Mapping[Any, str] = {int: "must be a whole number", float: "must be a finite number"}


def typed(declared: Mapping[str, Param], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of declared parameters from their texts; BadParameter if one is invalid."""
    values = {}
    for name, param in declared.items():
        if name not in given:
            if not param.derived:
                values[name] = param.default
            continue
        if param.derived:
            raise BadParameter.of(name, given[name], "follows from the checkpoint; leave it out")
        try:
            values[name] = param.type(given[name])
            if isinstance(values[name], float) and not math.isfinite(values[name]):
                raise ValueError
        except (TypeError, ValueError) as error:
            why = _NUMBERS.get(param.type) or str(error) or "not a valid value"
            raise BadParameter.of(name, given[name], why) from error
        if isinstance(values[name], int | float) and abs(values[name]) > _LARGEST:
            raise BadParameter.of(name, given[name], f"must be at most {_LARGEST:,}")
    return values
