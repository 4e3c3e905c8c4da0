"""Executors with one fault each."""

from __future__ import annotations

from tests.testing.faults import Fault, plugin
from xharness import Executor, Schedule, XHarnessError


def in_order(works, perform, emit):
    """Perform what can start, and return the works with whether they succeeded: no fault."""
    schedule = Schedule(works)
    while work := schedule.take():
        ok = perform(work, emit)
        schedule.end(work, ok)


def twice(works, perform, emit, resources):
    for work in works:
        perform(work, emit)
        perform(work, emit)


def backwards(works, perform, emit, resources):
    for work in reversed(works):
        perform(work, emit)


def muddled(works, perform, emit, resources):
    kept = []
    in_order(works, perform, lambda key, event: kept.append((key, event)))
    for key, event in reversed(kept):
        emit(key, event)


def careless(works, perform, emit, resources):
    """Perform works whether those that they need succeeded or not."""
    for work in works:
        perform(work, emit)


def silent(works, perform, emit, resources):
    try:
        in_order(works, perform, emit)
    except XHarnessError:
        return


def never_empty(works, perform, emit, resources):
    works[0]
    in_order(works, perform, emit)


FUNCTIONS = (twice, backwards, muddled, careless, silent, never_empty)
MANY = plugin("executors", executors=[Executor(name=each.__name__, summary="faulty", run=each) for each in FUNCTIONS])


def fault(check, subject, message):
    return Fault(check=f"executors:{check}", plugin=MANY, subject=subject, message=message)


FAULTS = [
    fault("each_work_is_performed_once", "twice", "the work 'first' is performed 2 times; perform each"),
    fault("needs_come_first", "backwards", "the work 'second' starts before 'first', which it needs"),
    fault("events_keep_their_order", "muddled", "arrive as Ended, Reported, Reported, Reported, Started"),
    fault("a_failure_stays_with_its_own", "careless", "a work is performed although the work that it needs failed"),
    fault("errors_end_the_run", "silent", "`run` returns when `perform` raises StoreError; end all"),
    fault("nothing_to_do_is_handled", "never_empty", "`run` raises IndexError without works; return"),
]
