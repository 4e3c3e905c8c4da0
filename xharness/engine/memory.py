"""Return freed heap memory to the system."""

from __future__ import annotations

import ctypes
from functools import cache


class Trimmer:
    """Trim the heap at every fourth call.

    On a CPU, batches of many shapes fragment the heap of the GNU C library, up to twice the memory in use. With other
    C libraries a call does nothing.
    """

    EVERY = 4

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self) -> None:
        """Count a batch, and trim the heap after every `EVERY` batches."""
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
