"""For executors: save the works of a run for workers that another system starts, and follow what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from xharness.scale.saving import save
from xharness.scale.shared import Outcome
from xharness.specs.works import Done, EmitFor, Ended, Failed, Started, Work

_POLL = 1.0


class SavedPlan:
    """The works of a run, saved in the store as a plan that `xharness worker STORE --plan NAME` performs."""

    def __init__(self, works: Sequence[Work], store: str, base: str) -> None:
        """Save works in the folder `store`; the name of the plan begins with `base`."""
        self._shared = save(Path(store), works, base)
        self._works = {work.key for work in works}

    @property
    def name(self) -> str:
        """Return the name of the plan."""
        return self._shared.plan.name

    @property
    def folder(self) -> Path:
        """Return the folder of the plan, in which an executor may keep files."""
        return self._shared.plan.folder

    def follow(self, emit: EmitFor, alive: Callable[[], bool]) -> None:
        """Emit the events of works until all are over; works that are left when no worker is `alive` have failed."""
        shared, started = self._shared, set[str]()
        while True:
            last = not alive()  # asked first, so that an outcome that is published before the end is found
            for work, _ in shared.running():
                _start(work.key, started, emit)
            for key in shared.look():
                if key in self._works:
                    _start(key, started, emit)
                    _emit(key, shared.outcomes[key], emit)
            if last:
                break
            if shared.over:
                return
            time.sleep(_POLL)
        for key in self._works - shared.outcomes.keys():
            emit(key, Failed(f"all workers ended before they performed it; see the logs in {shared.plan.folder}"))


def _start(key: str, started: set[str], emit: EmitFor) -> None:
    if key not in started:
        started.add(key)
        emit(key, Started())


def _emit(key: str, outcome: Outcome, emit: EmitFor) -> None:
    for job, seconds, problem, traceback in outcome.events:
        failed = seconds is None
        emit(key, Failed(problem, job, traceback) if failed else Done(job, seconds, problem, traceback))
    if not outcome.ok and not outcome.events:
        emit(key, Failed(str(outcome.reason)))
    emit(key, Ended(outcome.seconds, outcome.tokens))
