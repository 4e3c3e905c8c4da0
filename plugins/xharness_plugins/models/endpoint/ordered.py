"""Work on many items at the same time; the results come in the order of the items."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_AHEAD = 4  # a slow item does not stop the others at once


def in_order(
    work: Callable[[Item, threading.Event], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """Yield `work(item, stop)` for each item; at most `workers` items at once, and few items are read ahead.

    An error of an item is raised in its turn. Then `stop` is set, and no further item begins. The threads are daemons:
    an interrupted process does not wait for them.
    """
    pool = _Pool(work)
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(item, workers))
            if len(waiting) >= _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except KeyboardInterrupt:
        pool.end()
        raise
    except BaseException:
        pool.end()
        pool.join()  # what is being answered is still cached
        raise
    pool.end()
    pool.join()


class _Pool(Generic[Item, Result]):
    def __init__(self, work: Callable[[Item, threading.Event], Result]) -> None:
        self._work, self._stop = work, threading.Event()
        self._todo: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, item: Item, workers: int) -> Future[Result]:
        future: Future[Result] = Future()
        self._todo.put((future, item))
        if len(self._threads) < workers:
            self._threads.append(threading.Thread(target=self._run, daemon=True))
            self._threads[-1].start()
        return future

    def end(self) -> None:
        """Let the threads end after the items on which they work."""
        self._stop.set()
        for _ in self._threads:
            self._todo.put(None)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (entry := self._todo.get()) is not None and not self._stop.is_set():
            future, item = entry
            try:
                future.set_result(self._work(item, self._stop))
            except BaseException as error:  # noqa: BLE001 - raised where the result is read
                future.set_exception(error)
