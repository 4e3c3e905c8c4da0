"""The parameters that a plugin declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Param:
    """A parameter that a user can set with `--param name=value`.

    `type` converts the text and raises ValueError for an invalid one. With the `default` None the plugin computes the
    value. `capability` names the only capability that uses the parameter; empty: all of them.
    """

    type: Callable[[str], Any]
    default: Any = None
    help: str = ""
    capability: str = ""


def positive(text: str) -> int:
    """Return a whole number of at least 1, as the `type` of a parameter; raise ValueError for any other text."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number of at least 1")
    return int(text)
