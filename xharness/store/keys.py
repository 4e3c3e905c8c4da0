"""Keys of artifacts: hashes of everything that determines their content."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import BadRequest

_DIGITS = 32
_ATOMS = (str, int, bool, type(None))  # plain as they are; a call for each of them takes most of the time of a key
_SEQUENCES = (list, tuple)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Return the canonical JSON text of a value: sorted keys, tuples as lists, 5.0 as 5 (equal numbers).

    Raises BadRequest with the path of the value for anything that is not JSON: other types, keys that are not text,
    NaN.
    """
    return _ENCODER.encode(_plain(value, "value"))


def key_of(kind: str, version: int, params: Any, inputs: Sequence[str], data: Mapping[str, str]) -> str:
    """Return the key of an artifact, 32 hexadecimal digits (half a SHA-256).

    `version` is the version of the step's code, `inputs` are the keys of its input artifacts, in order, and `data` the
    fingerprints of the splits that it reads, by role.
    """
    text = canonical([kind, version, params, list(inputs), dict(data)])
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadRequest(f"{where} is {value}; only finite numbers are allowed")
        return int(value) if value.is_integer() else value
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - the second takes long
        for key in value:
            if not isinstance(key, str):
                raise BadRequest(f"{where} has the key {key!r} of type {type(key).__name__}; keys must be text")
        return {key: item if type(item) in _ATOMS else _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, _SEQUENCES):
        return [
            item if type(item) in _ATOMS else _plain(item, f"{where}[{number}]") for number, item in enumerate(value)
        ]
    raise BadRequest(f"{where} has type {type(value).__name__}; only plain JSON values are allowed")
