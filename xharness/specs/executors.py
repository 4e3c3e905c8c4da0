"""What an executor declares: where the stages of a plan run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Executor:
    """An executor plugin: `run(jobs, work)` calls `work(job)` for every job, in an order that respects
    `job.needs` (keys of jobs), and returns when all are done.
    """

    name: str
    summary: str
    run: Callable[[Iterable[Any], Callable[[Any], None]], None]
    api: int = 1
