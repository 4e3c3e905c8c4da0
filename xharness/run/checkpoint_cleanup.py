"""Delete the checkpoints of target tasks, and the vectors of pools, once all their predictions are stored."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from xharness.plan import Job, Plan
from xharness.run.context import CHECKPOINT, KEPT, VECTORS_FILE
from xharness.specs.stage_params import Embed, Finetune, Merge, Multitask
from xharness.store.artifacts import Store
from xharness.store.listing import made_upon
from xharness.store.pruning import drop

_CHECKPOINTS = tuple(params.kind for params in (Finetune, Multitask, Merge))
CONTENT = {Embed.kind: VECTORS_FILE}
"""What is deleted of the artifacts of a kind; the checkpoint of other kinds."""
_READING = ("attack", "embed", "predict")


def targets(plan: Plan, keep: Collection[str] = ()) -> list[Job]:
    """Return the jobs whose checkpoints or vectors are deleted after use; none if the request keeps checkpoints.

    These are the vectors of pools of candidates, and the checkpoints that were trained on the tasks that they are
    evaluated on and from which no other checkpoint is trained. Checkpoints that all targets share (intermediate and
    merged ones), low-rank updates, which are small, and the keys `keep` are not deleted.
    """
    if plan.resolved.request.keep_checkpoints:
        return []
    return [
        job
        for job in plan.jobs.values()
        if job.key not in keep and (job.kind in CONTENT or (job.stage.params.trains and _is_target(plan, job)))
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


def drop_used(plan: Plan, jobs: Collection[Job], store: Store, mark: Path | None = None) -> None:
    """Delete the content of the checkpoints and pools whose predictions are all stored and that no other process uses.

    It is kept if a run with `keep_checkpoints` made it, or if any run trained another checkpoint from it.
    `mark` is the mark of this process in the store, from `Store.using`. Raises StoreError if the disk is not writable.
    """
    bases = made_upon(store.root, _CHECKPOINTS) if jobs else set()
    for job in jobs:
        readers = [reader for reader in _readers(plan, job) if reader.kind == "predict"]
        if job.key in bases or not store.is_local(job.kind, job.key) or KEPT in store.about(job.kind, job.key)["about"]:
            continue
        if all(store.is_local(reader.kind, reader.key) for reader in readers):
            drop(store, job.kind, job.key, CONTENT.get(job.kind, CHECKPOINT), mark)
