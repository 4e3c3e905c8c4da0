"""Keys: names of artifacts, made of everything that can change them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import BadRequest

_DIGITS = 32


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: keys sorted, tuples as lists, 5.0 as 5 (they are equal numbers).

    Raises BadRequest, naming the place, for what JSON cannot say: other types, keys that are not text, NaN.
    """
    return json.dumps(_plain(value, "value"), sort_keys=True, separators=(",", ":"), allow_nan=False)


def key_of(kind: str, version: int, params: Any, inputs: Sequence[str], data: Mapping[str, str]) -> str:
    """Return the key of an artifact, 32 hexadecimal digits (half a SHA-256).

    `version` is that of the step's code, `inputs` are the keys of the artifacts it takes, in order, and `data` the
    fingerprints of the splits it reads, by role.
    """
    text = canonical([kind, version, params, list(inputs), dict(data)])
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadRequest(f"{where} is {value}, which has no place in a key; give a finite number")
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise BadRequest(f"{where} has the key {key!r}, a {type(key).__name__}; only text can be a key")
        return {key: _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{number}]") for number, item in enumerate(value)]
    raise BadRequest(f"{where} is a {type(value).__name__}; only plain JSON values can stand in a key")
