"""Check that texts are Python programs, without running them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import TypeVar

_Made = TypeVar("_Made")
_INVALID = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def parsed(program: str) -> ast.Module | None:
    """Return the syntax tree of a program; None if it is not valid Python."""
    return _quietly(lambda: ast.parse(program))


def compiles(program: str) -> bool:
    """Return whether a program can be compiled; the code is not run."""
    return _quietly(lambda: compile(program, "<code>", "exec", dont_inherit=True)) is not None


def _quietly(make: Callable[[], _Made]) -> _Made | None:
    """Return what is made of a program, None if it is not valid; warnings on its literals are hidden."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make()
        except _INVALID:
            return None
