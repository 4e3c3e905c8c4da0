"""A parameter that a plugin lets its user set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Param:
    """A parameter that a user may set with `--param name=value`; `default` None means chosen by rule.

    `capability` names the one capability that the parameter matters to; empty: all of them.
    """

    type: Callable[[str], Any]
    default: Any = None
    help: str = ""
    capability: str = ""


def positive(text: str) -> int:
    """Read a whole number of at least 1, as the type of a parameter; ValueError for any other text."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number of at least 1")
    return int(text)
