"""Performs a work, in the process of its run or in another process that sees the same store.

Scores are computed here, right after their predictions, and not by the process that keeps the records: it would score
for all workers, and they would wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

from xharness.errors import StageError, StoreError, XHarnessError, reason_of
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.records.cell_scores import problem_of_scoring
from xharness.run.replanning import replanned
from xharness.run.searches import pool_search, vector_search
from xharness.run.steps.predict import stream
from xharness.run.steps.table import STEPS
from xharness.specs.works import Done, Emit, EmitFor, Ended, Event, Failed, Started, Tokens, Work
from xharness.store.artifacts import Store

_PLANS = 4
_at_hand: dict[tuple[str, str], Context] = {}


def perform(work: Work, emit: EmitFor, store: str) -> bool:
    """Perform a work with the artifacts of the folder `store`; see `Perform`, which this is when `store` is given.

    The plan is made again from the work's description, once in a process, where it is not at hand.
    """
    events = _Events(work.key, emit)
    ok = True
    events(Started())
    try:
        context = _at_hand.get((work.plan, store)) or _made_again(work.plan, store)
        events.began = time.monotonic()
        _carry_out(_jobs(work, context), context, events)
    except StoreError:
        raise
    except (XHarnessError, ArithmeticError, RuntimeError, ValueError, TypeError, LookupError, OSError) as error:
        events(Failed(reason_of(error)))
        ok = False
    events(Ended(time.monotonic() - events.began, events.tokens))
    return ok


@contextmanager
def at_hand(described: str, context: Context) -> Iterator[None]:
    """Let works of a description be performed in this process with a plan that is there, within the block."""
    name = described, str(context.store.root)
    _at_hand[name] = context
    try:
        yield
    finally:
        _at_hand.pop(name, None)


class _Events:
    """Passes the events of one work on, and counts its tokens; `began` is when it did, on the monotonic clock."""

    def __init__(self, key: str, emit: EmitFor) -> None:
        self._emit = partial(emit, key)
        self.tokens = 0
        self.began = time.monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Tokens):
            self.tokens += event.n
        self._emit(event)


@lru_cache(maxsize=_PLANS)
def _made_again(described: str, store: str) -> Context:
    plan, registry = replanned(described)
    return Context(plan=plan, registry=registry, store=Store(Path(store)))


def _jobs(work: Work, context: Context) -> list[Job]:
    """Return the jobs of a work; StageError where the plan of this process is not that of the run."""
    jobs = [context.plan.jobs.get(key) for key in work.jobs]
    found = [job for job in jobs if job]
    if len(found) < len(jobs):
        raise StageError(
            "this process plans other stages than the run that it works for: the data have changed, or xharness or a "
            "plugin has another version here; use the same versions and run again"
        )
    return found


def _carry_out(jobs: list[Job], context: Context, emit: Emit) -> None:
    first = jobs[0]
    if first.kind == "predict":
        _predict(jobs, context, emit)
        return
    began = time.monotonic()
    run = STEPS[first.kind].run
    assert run is not None
    run(first, context, emit)
    emit(Done(first.key, time.monotonic() - began))


def _problem_of_inputs(job: Job, context: Context, emit: Emit) -> str | None:
    """Make what a job reads and no other work makes; return why that cannot be done."""
    try:
        for key in job.made.values():
            made = context.plan.jobs[key]
            step = STEPS[made.kind]
            if step.inline and step.run:
                step.run(made, context, emit)
    except StoreError:
        raise
    except XHarnessError as error:
        return reason_of(error)
    return None


def _predict(jobs: list[Job], context: Context, emit: Emit) -> None:
    """Predict what the store lacks, and score each job when its predictions are there."""
    began = time.monotonic()

    def done(job: Job, problem: str | None) -> None:
        nonlocal began
        seconds = time.monotonic() - began
        if problem:
            emit(Failed(problem, job.key))
        else:
            problems = [problem_of_scoring(cell, job, context) for cell in job.cells]
            emit(Done(job.key, seconds, next(filter(None, problems), None)))
        began = time.monotonic()

    missing = []
    for job in jobs:
        if context.store.has("predict", job.key):
            done(job, None)
        elif problem := _problem_of_inputs(job, context, emit):
            done(job, problem)
        else:
            missing.append(job)
    if missing:
        kind = context.task_of(missing[0]).kind
        predict = (pool_search.predict if kind.pool else vector_search.predict) if kind.search else stream
        predict(missing, context, done, emit)
