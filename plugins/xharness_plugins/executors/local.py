"""The executor that performs all works in this process, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from xharness import EmitFor, Executor, Perform, Resources, Schedule, Work


def _run(works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
    schedule = Schedule(works)
    while work := schedule.take():
        schedule.end(work, perform(work, emit))


LOCAL = Executor(name="local", summary="all work in this process, one piece after the other", run=_run, parallel=False)
