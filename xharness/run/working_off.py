"""The loop of a worker: take the longest work that is ready, perform it, publish its outcome, until none is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from xharness.plan import Job
from xharness.run.checkpoint_cleanup import drop_used, targets
from xharness.run.worker import perform, recreated
from xharness.scale.shared import Outcome, Shared
from xharness.specs.works import Done, Ended, Event, Failed, Waiting, Work
from xharness.store.artifacts import Store
from xharness.store.pruning import drop_vectors

Say = Callable[[str], object]


def work_off(shared: Shared, store: Store, say: Say) -> int:
    """Perform works of a plan until every one has an outcome, and return how many this process performed.

    While other workers perform what is left, it waits, because their works become free if they die. Raises StoreError
    if something cannot be saved.
    """
    performed, waited = 0, False
    while not shared.over:
        taken = shared.take()
        if taken is None and shared.look():
            continue
        if taken is None:
            if not waited and not shared.over:
                say("waiting for works of other workers")
            waited = True
            time.sleep(shared.patience)
            continue
        work, lease = taken
        waited = False
        try:
            say(f"{work.title}  ({len(shared.outcomes) + 1} of {len(shared.works)})")
            with store.using((*work.jobs, *work.needs)) as mark:
                outcome = _performed(work, store, say)
                shared.finish(work, outcome)
                _clean_up(work, shared, store, mark)
        finally:
            lease.release()
        performed += 1
        shared.glance()
    shared.tidy()
    return performed


def _performed(work: Work, store: Store, say: Say) -> Outcome:
    found: dict[str, Any] = {"ok": False, "reason": None, "events": []}

    def emit(_: str, event: Event) -> None:
        match event:
            case Waiting(what):
                say(what)
            case Done(job, seconds, problem, traceback):
                found["events"].append([job, seconds, problem, traceback])
            case Failed(reason, job, traceback):
                found["events"].append([job, None, reason, traceback])
            case Ended(seconds, tokens):
                found.update(seconds=seconds, tokens=tokens)

    found["ok"] = perform(work, emit, str(store.root))
    found["reason"] = next((problem for _, _, problem, _ in found["events"] if problem), None)
    if found["reason"]:
        say(f"failed: {work.title}: {found['reason']}")
    return Outcome(**found)


def _clean_up(work: Work, shared: Shared, store: Store, mark: Path) -> None:
    """Delete the checkpoints and vectors that no unfinished work of the plan needs."""
    jobs = _targets(work.plan, str(store.root)) if work.needs else ()
    unused = [job for job in jobs if job.key in work.needs and not shared.needed(job.key)]
    if unused:
        drop_used(recreated(work.plan, str(store.root)).plan, unused, store, mark)
    drop_vectors(store, mark)


@cache
def _targets(described: str, store: str) -> list[Job]:
    return targets(recreated(described, store).plan)
