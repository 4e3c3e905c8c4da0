"""The record of a cell: its scores, data, model and caveats, or the reason why it has no score."""

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
NOISE_NOTE = "noise"
"""The note of a record that says how much a noise changed; the others are those of the metrics."""


def record(plan: Plan, cell: Cell, status: str, **more: Any) -> Record:
    """Return the record of a cell with a status `ok`, `failed`, `skipped` or `not_run`."""
    resolved = plan.resolved
    declared = resolved.model.params
    own = {
        name: value
        for name, value in resolved.model_params.items()
        if declared[name].keyed and not declared[name].derived
    }
    params = {**resolved.recipe_params, **own}
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
        "way": way_of(job),
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


def way_of(job: Job | None) -> dict[str, Any] | None:
    """Return the way in which the task was asked, its prompt and examples; None for the native way."""
    params = job.params(Predict) if job else None
    if params is None or params.way is None:
        return None
    name, version = params.way
    wording = params.wording
    if wording is None:
        return {"name": name, "version": version, "prompt": None}
    words = {"words": wording.prompt, "language": wording.language}
    shots = {"shots": wording.shots, "draw": wording.draw} if wording.shots else {}
    chat = {"chat": wording.chat} if wording.chat else {}
    return {"name": name, "version": version, "prompt": wording.version, **words, **shots, **chat}


def _inputs(plan: Plan, cell: Cell) -> dict[str, Any] | None:
    """Return the inputs of the predictions and whose gold is used; None if they are the evaluated split itself."""
    inputs = plan.inputs.get(cell)
    if inputs is None:
        return None
    split, made = inputs.ref.split, inputs.ref.made is not None
    return {"split": split, "language": inputs.language, "gold": inputs.gold, "made": made}


def caveats(plan: Plan, task: Task, cell: Cell, n: int | None, model: Mapping[str, Any], find: Find) -> list[Caveat]:
    """Return in what the score of a cell is not the official measurement of its task.

    `n` is the number of scored units, None for a cell without a score; `model` is the description that the model gave
    of itself; `find` looks up a task.
    """
    seen = overlaps(plan.jobs[plan.predictions[cell]].stage, find)
    if plan.resolved.source.synthetic:
        return [caveat("synthetic_data", source=plan.resolved.source.name), *_of_inputs(plan, cell), *seen]
    size = size_caveats(task, cell.place.language, cell.split, n, plan.resolved.request.limit)
    return [*size, *_of_inputs(plan, cell), *_of_examples(plan, task, cell, model), *seen]


def size_caveats(task: Task, language: str, split: str, n: int | None, limit: int | None) -> list[Caveat]:
    """Return the caveat of a test set with another number of units than the official one, if it was read whole."""
    official = task.sizes.get(language, n)
    if limit is not None or split != task.test_split or n is None or n == official:
        return []
    return [caveat("test_size", n=n, official=official)]


def _of_inputs(plan: Plan, cell: Cell) -> Iterator[Caveat]:
    """Yield the caveats of predictions on other inputs than the evaluated split."""
    inputs = plan.inputs.get(cell)
    if inputs and inputs.caveat:
        yield inputs.caveat
    if inputs and inputs.gold == "inputs":
        yield caveat("gold_of_inputs")


def _of_examples(plan: Plan, task: Task, cell: Cell, model: Mapping[str, Any]) -> Iterator[Caveat]:
    """Yield the differences between the evaluated split, or the candidates, and the official ones."""
    limit = plan.resolved.request.limit
    if cell.split != task.test_split:
        yield caveat("other_split", split=cell.split, official=task.test_split)
    if limit is not None:
        yield caveat("limited", limit=limit)
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
    """Return whether a cell has its score, or a noise that does not apply there, which does not count as a failure."""
    return entry["status"] == "ok" or (entry["status"] == "skipped" and entry["noise"] is not None)


def beside(predictions: str, folder: str) -> str:
    """Return the path of an array that belongs to a file of predictions, in another folder of the run."""
    return f"{folder}/{predictions.removeprefix('predictions/').removesuffix('.jsonl')}.npy"


CORRECT = "correct"
"""The folder of a run with noises that says of each example whether it is right."""


def value(entry: Mapping[str, Any], name: str) -> float | None:
    """Return the value of a metric in a record; None if the record has no such score."""
    metric = entry["metrics"].get(name)
    return None if entry["status"] != "ok" or metric is None else metric["value"]
