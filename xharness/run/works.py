"""Divide the unfinished part of a plan into works, which an executor can distribute."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from xharness.plan import Job, Plan
from xharness.run.steps.table import STEPS
from xharness.run.todo import makings
from xharness.specs.places import Cell
from xharness.specs.stage_params import Predict
from xharness.specs.ways import VECTORS
from xharness.specs.works import Work
from xharness.store.artifacts import Store
from xharness.store.keys import canonical


def works_of(plan: Plan, store: Store, known: Collection[Cell], described: str) -> list[Work]:
    """Return the works that predict and score all cells of a plan except the `known` ones.

    Each work is listed after the works that it needs. Works of one checkpoint are adjacent, so that it can be deleted
    after them. `described` is the description of the plan, from which another process recreates it.
    """
    groups: dict[str, dict[str, Job]] = {}
    for cell, key in plan.predictions.items():
        if cell in known:
            continue
        job = plan.jobs[key]
        groups.setdefault(f"{':'.join(_needs(job, plan))}:{canonical(_session(job))}", {})[key] = job
    works = [_work(name, list(jobs.values()), plan, described) for name, jobs in groups.items()]
    first: dict[str, int] = {}
    for position, work in enumerate(works):
        first.setdefault(work.needs[0], position)
    ordered: dict[str, Work] = {}
    for work in sorted(works, key=lambda work: first[work.needs[0]]):
        missing = not all(store.sound("predict", key) for key in work.jobs)
        for job in makings(plan, store, work.needs) if missing else ():
            ordered.setdefault(job.key, _work(job.key, [job], plan, described))
        ordered[work.key] = work
    return list(ordered.values())


def _needs(job: Job, plan: Plan) -> tuple[str, ...]:
    """Return the keys of the artifacts that other works make for a job."""
    return tuple(key for key in job.needs if not STEPS[plan.jobs[key].kind].inline)


def _work(key: str, jobs: Sequence[Job], plan: Plan, described: str) -> Work:
    return Work(
        key=key,
        needs=_needs(jobs[0], plan),
        title=STEPS[jobs[0].kind].title(jobs),
        plan=described,
        jobs=tuple(job.key for job in jobs),
    )


def _session(job: Job) -> dict[str, Any]:
    """Return the settings that jobs must share to be predicted with one loaded model."""
    params = job.params(Predict)
    if params.loading.capability == VECTORS.capability:  # all kinds with a search use the same vectors
        return {"capability": params.loading.capability, "params": params.loading.params}
    return {name: value for name, value in params.key().items() if name not in ("limit", "prompt")}
