"""The record of a cell: what was measured, on what, by what, or why it was not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from xharness.plan import Job, Plan
from xharness.run.records.contamination import Find, overlaps
from xharness.specs.caveats import Caveat, caveat
from xharness.specs.places import Cell
from xharness.specs.stage_params import Predict
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
    params = job.params(Predict) if job else None
    if params is None or params.way is None:
        return None
    name, version = params.way
    return {"name": name, "version": version, "prompt": params.prompt and params.prompt.version}


def _inputs(plan: Plan, cell: Cell) -> dict[str, Any] | None:
    """Return what was predicted on, where that is not the evaluated split itself, and whose gold holds."""
    inputs = plan.inputs.get(cell)
    if inputs is None:
        return None
    split, made = inputs.ref.split, inputs.ref.made is not None
    return {"split": split, "language": inputs.language, "gold": inputs.gold, "made": made}


def caveats(plan: Plan, task: Task, cell: Cell, n: int, model: Mapping[str, Any], find: Find) -> list[Caveat]:
    """Say in what the cell is not the official measurement of its task.

    `model` is what the model said of itself; `find` looks up a task.
    """
    seen = overlaps(plan.jobs[plan.predictions[cell]].stage, find)
    if plan.resolved.source.synthetic:
        return [caveat("synthetic_data", source=plan.resolved.source.name), *_of_inputs(plan, cell), *seen]
    return [*_of_inputs(plan, cell), *_of_examples(plan, task, cell, n, model), *seen]


def _of_inputs(plan: Plan, cell: Cell) -> Iterator[Caveat]:
    """Yield what must be known of a score on other inputs than the evaluated split."""
    inputs = plan.inputs.get(cell)
    if inputs and inputs.caveat:
        yield inputs.caveat
    if inputs and inputs.gold == "inputs":
        yield caveat("gold_of_inputs")


def _of_examples(plan: Plan, task: Task, cell: Cell, n: int, model: Mapping[str, Any]) -> Iterator[Caveat]:
    """Yield in what the evaluated examples, or the candidates, are not the official ones."""
    size, limit = task.sizes.get(cell.place.language, n), plan.resolved.request.limit
    if cell.split != task.test_split:
        yield caveat("other_split", split=cell.split, official=task.test_split)
    if limit is not None:
        yield caveat("limited", limit=limit)
    elif cell.split == task.test_split and size != n:
        yield caveat("test_size", n=n, official=size)
    official = task.kind.pool.size(task) if task.kind.pool else 0
    if official not in (0, model.get("candidates")):
        yield caveat("pool_size", n=model.get("candidates", 0), official=official)
    if cell.split == "dev" and task.kind.tunes_threshold:
        yield caveat("threshold_on_evaluated_split")


def predictions_path(cell: Cell, seeds: tuple[int, ...]) -> str:
    """Return the path of a cell's predictions in the run's folder."""
    return f"predictions/{cell.place.path(seeds)}.jsonl"


def replicates_path(cell: Cell, seeds: tuple[int, ...]) -> str:
    """Return the path of the bootstrap replicates of a cell's headline metrics in the run's folder."""
    return f"replicates/{cell.place.path(seeds)}.npy"


def finished(entry: Mapping[str, Any]) -> bool:
    """Return whether a cell has its score, or is of a noise that does not apply there, which is no failure."""
    return entry["status"] == "ok" or (entry["status"] == "skipped" and entry["noise"] is not None)


def beside(predictions: str, folder: str) -> str:
    """Return the path of an array that belongs to a file of predictions, in another folder of the run."""
    return f"{folder}/{predictions.removeprefix('predictions/').removesuffix('.jsonl')}.npy"


CORRECT = "correct"
"""The folder of a run with noises that says of each example whether it is right."""


def value(entry: Mapping[str, Any], name: str) -> float | None:
    """Return a metric's value of a record, or None."""
    metric = entry["metrics"].get(name)
    return None if entry["status"] != "ok" or metric is None else metric["value"]
