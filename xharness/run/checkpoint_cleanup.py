"""Freeing the disk of checkpoints that have served: those of targets, once all their predictions are kept."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from xharness.plan import Job, Plan
from xharness.run.context import CHECKPOINT, KEPT
from xharness.specs.stage_params import Finetune, Merge, Multitask
from xharness.store.artifacts import Store
from xharness.store.listing import made_upon
from xharness.store.pruning import drop

_CHECKPOINTS = tuple(params.kind for params in (Finetune, Multitask, Merge))
_READING = ("embed", "predict")


def targets(plan: Plan, keep: Collection[str] = ()) -> list[Job]:
    """Return the trainings whose checkpoints are dropped when they have served: none where the request keeps them.

    Such a checkpoint was trained on the very tasks that it is evaluated on, and nothing is trained on top of it. One
    that serves every target (of intermediate tasks, merged ones) stays, and so do low-rank updates, which are small,
    and the keys `keep`.
    """
    if plan.resolved.request.keep_checkpoints:
        return []
    return [
        job for job in plan.jobs.values() if job.key not in keep and job.stage.params.trains and _is_target(plan, job)
    ]


def _is_target(plan: Plan, job: Job) -> bool:
    if job.of_updates:
        return False
    readers = _readers(plan, job)
    tasks = {task.name: task for task, _ in plan.resolved.targets}
    trained = {ref.task for ref in job.stage.refs("train")}
    evaluated = [tasks[cell.place.task] for reader in readers for cell in reader.cells]
    return all(reader.kind in _READING for reader in readers) and all(
        task.name in trained or (task.training and task.training.task in trained) for task in evaluated
    )


def _readers(plan: Plan, job: Job) -> list[Job]:
    return [other for other in plan.jobs.values() if job.key in other.needs]


def drop_served(plan: Plan, jobs: Collection[Job], store: Store, mark: Path | None = None) -> None:
    """Drop the weights of those checkpoints whose predictions are all in the store, and that no other process uses.

    One that a run made which keeps its checkpoints stays, and so does one that another checkpoint was made of, by an
    earlier run too: others may be. `mark` is what this process keeps in use. StoreError where
    the disk cannot be written to.
    """
    upon = made_upon(store.root, _CHECKPOINTS) if jobs else set()
    for job in jobs:
        readers = [reader for reader in _readers(plan, job) if reader.kind == "predict"]
        if job.key in upon or not store.has(job.kind, job.key) or KEPT in store.about(job.kind, job.key)["about"]:
            continue
        if all(store.has(reader.kind, reader.key) for reader in readers):
            drop(store, job.kind, job.key, CHECKPOINT, mark)
