"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
from functools import cache


class Trimmer:
    """Gives freed memory back at every few calls.

    Batches of many shapes leave the heap of the GNU C library full of holes, which grow with the number of shapes:
    twice the memory of what is used, on a processor. Elsewhere nothing is done.
    """

    EVERY = 4

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self) -> None:
        """Count a batch, and trim the heap if it is time."""
        self._calls += 1
        trim = _malloc_trim()
        if trim and self._calls % self.EVERY == 0:
            trim(0)


@cache
def _malloc_trim() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
