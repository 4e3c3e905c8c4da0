"""Shared by the models that are asked in words: results beside their requests, and passages cut to what fits."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def with_results(asked: Iterable[Any], method: Callable[[Iterator[Any]], Iterator[Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield each item with the result of a method for its first value."""
    waiting: deque[Any] = deque()

    def feed() -> Iterator[Any]:
        for item in asked:
            waiting.append(item)
            yield item[0]

    for result in method(feed()):
        yield waiting.popleft(), result


def shortened(context: str, passage: tuple[int, int], size: Callable[[str], int], room: int) -> str:
    """Return a context with as many characters of its passage as fit; `size` returns the tokens of a text."""
    start, end = passage
    kept = bisect_right(
        range(1, end - start + 1), room, key=lambda count: size(context[: start + count] + context[end:])
    )
    return context[: start + kept] + context[end:]
