"""The executor that runs everything here, one piece of work after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xharness import Executor


def _run(jobs: Iterable[Any], work: Callable[[Any], None]) -> None:
    # A plan gives its work in dependency order, so that one pass does.
    for job in jobs:
        work(job)


LOCAL = Executor(name="local", summary="in this process, one piece of work after the other", run=_run)
