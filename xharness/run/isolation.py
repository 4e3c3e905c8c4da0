"""Confine an error to the cells whose work raises it, so that the rest of a run continues."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from xharness.errors import StoreError
from xharness.plan import Job

Item = TypeVar("Item")
Finished = Callable[[Job, Exception | None], None]
"""Takes each prediction job once: with None if its predictions are stored, else with the error."""


def caught(call: Callable[[], object]) -> Exception | None:
    """Return the error that a call raises, None if it succeeds. StoreError, which ends the run, is raised."""
    try:
        call()
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a model or plugin may raise any error
        return error
    return None


def isolated(
    items: Sequence[Item], work: Callable[[Sequence[Item]], Iterator[object]]
) -> Iterator[tuple[Item, Exception | None]]:
    """Yield each item with its error, None if it succeeds; `work(items)` yields once per finished item, in order.

    A model computes examples of several items together, so an error does not show which item causes it. After an error
    the work is done for each item that is left alone, and only those fail that raise an error again.
    """
    left = deque(items)
    try:
        for _ in work(items):
            yield left.popleft(), None
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a model or plugin may raise any error
        if len(items) == 1:
            yield left.popleft(), error
    for item in left:
        yield from isolated([item], work)
