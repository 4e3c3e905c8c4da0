"""Select the unfinished jobs of a plan: predictions that the store lacks, and the jobs that they need."""

from __future__ import annotations

from collections.abc import Iterable

from xharness.errors import BadRequest
from xharness.plan import Job, Plan
from xharness.store.artifacts import Store


def makings(plan: Plan, store: Store, keys: Iterable[str], *, sound: bool = False) -> list[Job]:
    """Return the jobs to run for the artifacts `keys` that the store lacks, each after the jobs that it needs.

    With `sound`, their checksums are verified, which reads all their files; corrupt artifacts are set aside.
    """
    has = store.sound if sound else store.has
    wanted: dict[str, Job] = {}

    def want(key: str) -> None:
        job = plan.jobs[key]
        exists = job.kind == "pretrained" or has(job.kind, key)
        if key in wanted or (exists and not job.of_updates):
            return
        for need in job.needs:
            want(need)
        if not exists:
            wanted[key] = job

    for key in keys:
        want(key)
    return list(wanted.values())


def pending(plan: Plan, store: Store) -> set[str]:
    """Return the keys of all jobs that a run would do, without deleted checkpoints that are not needed again."""
    return {job.key for job in makings(plan, store, plan.predictions.values())}


def check_any(plans: Iterable[Plan]) -> None:
    """Raise BadRequest if the data of every cell of some plans are missing, so that nothing can be run."""
    problems: list[str] = []
    for plan in plans:
        for cell, key in plan.predictions.items():
            problem = plan.jobs[key].problem
            if problem is None:
                return
            problems.append(f"{cell.place.task} {cell.place.language}: {problem}")
    if problems:
        number = f"none of {len(problems):,} cells has data; the first is " if len(problems) > 1 else ""
        raise BadRequest(f"nothing to run: {number}{problems[0]}")
