"""The record of a cell: what was measured, on what, by what, or why it was not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xharness.metrics.pairing import OTHER_ANSWERS
from xharness.plan import Job, Plan
from xharness.run.overlaps import Find, overlaps
from xharness.run.progress import counted
from xharness.specs.places import Cell
from xharness.specs.tasks import Task

Record = dict[str, Any]


def record(plan: Plan, cell: Cell, status: str, **more: Any) -> Record:
    """Return the record of a cell with a status `ok`, `failed`, `skipped` or `not_run`."""
    resolved = plan.resolved
    params = {**resolved.recipe_params, **resolved.model_params}
    key = plan.predictions.get(cell)
    job = plan.jobs[key] if key else None
    place = cell.place
    return {
        "task": place.task,
        "language": place.language,
        "split": cell.split,
        "source": resolved.source.name,
        "recipe": {"name": resolved.recipe.name, "params": {k: v for k, v in params.items() if v is not None}},
        "noise": None if place.noise is None else json.loads(place.noise),
        "seed": place.seed,
        "way": _way(job),
        "status": status,
        "n": None,
        "metrics": {},
        "predictions": None,
        "replicates": None,
        "artifacts": {"predict": key, "checkpoint": job.needs[0]} if job else {},
        "data": dict(job.data) if job else {},
        "inputs": _inputs(plan, cell),
        "trained_on": [[ref.task, ref.language, ref.split] for ref in job.stage.trained_on] if job else [],
        "model": {},
        "timing": {},
        "caveats": [],
        "notes": {},
        "reason": None,
        **more,
    }


def _way(job: Job | None) -> dict[str, Any] | None:
    """Return the way that a task was asked in and the version of its prompt; None for the native way."""
    if job is None or "way" not in job.stage.params:
        return None
    prompt = job.stage.params["prompt"]
    return {**job.stage.params["way"], "prompt": prompt and prompt["version"]}


def _inputs(plan: Plan, cell: Cell) -> dict[str, Any] | None:
    """Return what was predicted on, where that is not the evaluated split itself, and whose gold holds."""
    inputs = plan.inputs.get(cell)
    if inputs is None:
        return None
    split, made = inputs.ref.split, inputs.ref.made is not None
    return {"split": split, "language": inputs.language, "gold": inputs.gold, "made": made}


def caveats(plan: Plan, task: Task, cell: Cell, n: int, model: Mapping[str, Any], find: Find) -> list[str]:
    """Say in what the cell is not the official measurement of its task.

    `model` is what the model said of itself; `find` looks up a task.
    """
    stage = plan.jobs[plan.predictions[cell]].stage
    found = []
    inputs = plan.inputs.get(cell)
    if inputs and inputs.caveat:
        scored = f", and {OTHER_ANSWERS}" if inputs.gold == "inputs" else ""
        found.append(f"{inputs.caveat}{scored}")
    if plan.resolved.source.made_up:
        return [
            f"made-up examples of source '{plan.resolved.source.name}': no measure of a model",
            *found,
            *overlaps(stage, find),
        ]
    if cell.split != task.test_split:
        found.append(f"split {cell.split} instead of {task.test_split}")
    if plan.resolved.request.limit is not None:
        found.append(f"limited to the first {counted(plan.resolved.request.limit, 'example')} of each split")
    elif cell.split == task.test_split and task.sizes.get(cell.place.language, n) != n:
        found.append(f"{counted(n, 'example')} where the official test set has {task.sizes[cell.place.language]:,}")
    size = task.kind.pool.size(task) if task.kind.pool else 0
    if size not in (0, model.get("candidates")):
        found.append(f"{counted(model.get('candidates', 0), 'candidate')} where the official pool has {size:,}")
    found += overlaps(stage, find)
    if cell.split == "dev" and task.kind.tuned:
        found.append("the threshold was tuned on the evaluated split")
    return found


def predictions_path(cell: Cell, seeds: tuple[int, ...]) -> str:
    """Return the path of a cell's predictions in the run's folder."""
    return f"predictions/{cell.place.path(seeds)}.jsonl"


def replicates_path(cell: Cell, seeds: tuple[int, ...]) -> str:
    """Return the path of the bootstrap replicates of a cell's headline metrics in the run's folder."""
    return f"replicates/{cell.place.path(seeds)}.npy"


def value(entry: Mapping[str, Any], name: str) -> float | None:
    """Return a metric's value of a record, or None."""
    metric = entry["metrics"].get(name)
    return None if entry["status"] != "ok" or metric is None else metric["value"]
