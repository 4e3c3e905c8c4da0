"""Perform a work, in the process of the run or in another process with the same store.

Scores are computed here, after the predictions, and not in the process that keeps the records, which would be a
bottleneck for all workers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

from xharness.errors import StageError, reason_of, traceback_of
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.isolation import caught
from xharness.run.records.cell_scores import error_of_scoring
from xharness.run.replanning import replanned
from xharness.run.searches import pool_search, vector_search
from xharness.run.steps.predict import stream
from xharness.run.steps.table import STEPS
from xharness.run.todo import makings
from xharness.specs.works import Done, Emit, EmitFor, Ended, Event, Failed, Started, Tokens, Waiting, Work
from xharness.store.artifacts import Store

_PLANS = 4
_contexts: dict[tuple[str, str], Context] = {}


def perform(work: Work, emit: EmitFor, store: str) -> bool:
    """Perform a work with the store in the folder `store`; with `store` bound, this is a `Perform`.

    The plan is recreated from the work's description once per process, unless the process has it (`using_plan`). Any
    error but StoreError fails only the cells of the work.
    """
    events = _Events(work.key, emit)
    events(Started())
    error = caught(lambda: _execute(work, store, events))
    if error:
        events(Failed(reason_of(error), traceback=traceback_of(error)))
    events(Ended(time.monotonic() - events.began, events.tokens))
    return error is None


@contextmanager
def using_plan(described: str, context: Context) -> Iterator[None]:
    """Use the plan of a context for works with this description, in this process and within the block."""
    name = described, str(context.store.root)
    _contexts[name] = context
    try:
        yield
    finally:
        _contexts.pop(name, None)


class _Events:
    """Forwards the events of a work and counts its tokens; `began` is the start on the monotonic clock."""

    def __init__(self, key: str, emit: EmitFor) -> None:
        self._emit = partial(emit, key)
        self.tokens = 0
        self.began = time.monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Tokens):
            self.tokens += event.n
        self._emit(event)


@lru_cache(maxsize=_PLANS)
def recreated(described: str, store: str) -> Context:
    """Return the context of a plan that this process recreates from its description."""
    plan, registry = replanned(described)
    return Context(plan=plan, registry=registry, store=Store(Path(store)))


def _jobs(work: Work, context: Context) -> list[Job]:
    """Return the jobs of a work; StageError if the plan of this process differs from that of the run."""
    jobs = [context.plan.jobs.get(key) for key in work.jobs]
    known = [job for job in jobs if job]
    if len(known) < len(jobs):
        raise StageError(
            "the plan of this worker process differs from that of the run: the data changed, or xharness or a plugin "
            "has another version here; use the same versions and run again"
        )
    return known


def _execute(work: Work, store: str, emit: _Events) -> None:
    context = _contexts.get((work.plan, store)) or recreated(work.plan, store)
    emit.began = time.monotonic()
    jobs = _jobs(work, context)
    context.store.report = lambda what: emit(Waiting(what))
    first = jobs[0]
    if first.kind == "predict":
        _predict(jobs, context, emit)
        return
    began = time.monotonic()
    if not context.store.sound(first.kind, first.key):
        _restore(_made_elsewhere(first, context), context, emit)
        _run(first, context, emit)
    emit(Done(first.key, time.monotonic() - began))


def _run(job: Job, context: Context, emit: Emit) -> None:
    run = STEPS[job.kind].run
    assert run is not None
    run(job, context, emit)


def _restore(needs: Iterable[str], context: Context, emit: Emit) -> None:
    """Make artifacts that another work made but that are corrupt or missing now."""
    for job in makings(context.plan, context.store, needs, sound=True):
        _run(job, context, emit)


def _made_elsewhere(job: Job, context: Context) -> Iterator[str]:
    return (key for key in job.needs if not STEPS[context.plan.jobs[key].kind].inline)


def _error_of_inputs(job: Job, context: Context, emit: Emit) -> Exception | None:
    """Make what a job reads and no other work makes; return the error if that cannot be done."""
    for key in job.made.values():
        made = context.plan.jobs[key]
        step = STEPS[made.kind]
        context.store.sound(made.kind, key)  # sets a corrupt one aside, so that it is made again
        if step.inline and step.run and (error := caught(partial(step.run, made, context, emit))):
            return error
    return None


def _predict(jobs: list[Job], context: Context, emit: Emit) -> None:
    """Make the predictions that the store lacks, and score each job once its predictions are stored."""
    began = time.monotonic()

    def done(job: Job, error: Exception | None) -> None:
        nonlocal began
        seconds = time.monotonic() - began
        if error:
            emit(Failed(reason_of(error), job.key, traceback_of(error)))
        elif unscored := next(filter(None, [error_of_scoring(cell, job, context) for cell in job.cells]), None):
            emit(Done(job.key, seconds, reason_of(unscored), traceback_of(unscored)))
        else:
            emit(Done(job.key, seconds))
        began = time.monotonic()

    missing = []
    for job in jobs:
        if context.store.sound("predict", job.key):
            done(job, None)
        elif error := _error_of_inputs(job, context, emit):
            done(job, error)
        else:
            missing.append(job)
    if missing:
        _restore(_made_elsewhere(missing[0], context), context, emit)
        kind = context.task_of(missing[0]).kind
        predict = (pool_search.predict if kind.pool else vector_search.predict) if kind.search else stream
        predict(missing, context, done, emit)
