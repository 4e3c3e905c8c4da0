"""Run the programs in predictions in a sandbox, for tasks that need it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from xharness.data.lines import Row
from xharness.metrics.pass_at_k import OUTCOMES, SANDBOX
from xharness.plan import Job
from xharness.run.context import Context
from xharness.sandboxing import confirm, run_programs
from xharness.specs.sandboxes import Program, Sandbox
from xharness.ways import runs_code

_MOST_WORKERS = 8


def executed(job: Job, context: Context, numbers: Sequence[int], rows: Iterator[Row]) -> Iterator[Row]:
    """Yield predictions; those of a task that runs code get the statuses of their programs and the sandbox.

    `numbers` are the rows of the examples, in the order of the predictions. BadRequest without consent.
    """
    task = context.task_of(job)
    if not runs_code(task, context.way_of(job)) or task.kind.programs is None:
        return rows
    request = context.plan.resolved.request
    sandbox = confirm([task.name], context.registry, confirmed=request.confirm_run_unsafe_code)
    assert sandbox is not None
    examples = context.load(job.stage.data["examples"]).select(numbers)
    make = task.kind.programs
    return with_outcomes(sandbox, ((row, make(task, row, each)) for row, each in zip(rows, examples, strict=False)))


def with_outcomes(sandbox: Sandbox, tested: Iterable[tuple[Row, list[Program]]]) -> Iterator[Row]:
    """Yield rows with the statuses of their programs in order; a row without programs stays as it is."""
    waiting: deque[tuple[Row, int]] = deque()

    def programs() -> Iterator[Program]:
        for row, own in tested:
            waiting.append((row, len(own)))
            yield from own

    statuses: list[str] = []
    for outcome in run_programs(sandbox, programs(), workers=_workers()):
        while not waiting[0][1]:
            yield waiting.popleft()[0]
        statuses.append(outcome.status)
        if len(statuses) == waiting[0][1]:
            yield {**waiting.popleft()[0], OUTCOMES: statuses, SANDBOX: sandbox.name}
            statuses = []
    yield from (row for row, _ in waiting)


def _workers() -> int:
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
