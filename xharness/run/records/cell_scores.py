"""The scores of cells in the store: each is computed once from stored predictions, by the first process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.data.surrogates import changed_rows
from xharness.plan import Job, usual_gold
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.isolation import caught
from xharness.run.scoring import gold_of, score
from xharness.run.steps.predict import PREDICTIONS, read
from xharness.specs.places import Cell
from xharness.specs.recipes import Inputs
from xharness.specs.tasks import Task
from xharness.store.keys import key_of
from xharness.store.writing import guarded, write_json

if TYPE_CHECKING:
    import numpy as np

REPLICATES = "replicates.npy"
REPLACED = "lone_surrogates"
"""The key in score.json with the rows of the data in which lone surrogates were replaced."""
_VERSION = 2
"""Raise it if scores change for a reason that is not part of a signature."""


def error_of_scoring(cell: Cell, job: Job, context: Context) -> Exception | None:
    """Score a cell from its stored predictions and store the scores; return the error if it cannot be scored."""
    return caught(lambda: score_cell(cell, job, context))


def score_cell(cell: Cell, job: Job, context: Context) -> None:
    """Compute and store the scores of a cell, unless they are stored."""
    store, task, key = context.store, context.task(cell.place.task), key_of_scores(cell, job, context)
    if store.has("score", key):
        return
    inputs = context.plan.inputs.get(cell)
    own = inputs is not None and inputs.gold == "inputs"
    language = inputs.language if inputs and own else cell.place.language
    ref = job.stage.data["inputs" if own else "examples"]
    predictions = task.kind.predictions(read(store.path("predict", job.key) / PREDICTIONS))
    examples = context.load(ref)
    gold = gold_of(task, ref, examples, context.plan.resolved.request.limit)
    scored = score(context.registry, task, context.way_of(job), language, predictions, gold)
    with store.creating("score", key, {"predictions": job.key}) as folder:
        content = {"metrics": scored.metrics, "n": scored.n, "notes": scored.notes}
        replaced = changed_rows(examples.info.description, len(examples))
        write_json(folder / "score.json", content | ({REPLACED: replaced} if replaced else {}))
        if scored.replicates is not None:
            write_replicates(folder / REPLICATES, scored.replicates)


def key_of_scores(cell: Cell, job: Job, context: Context) -> str:
    """Return the key of the scores of a cell."""
    task, inputs = context.task(cell.place.task), context.plan.inputs.get(cell)
    return score_key(context.registry, task, cell.place.language, job, inputs)


def score_key(registry: Registry, task: Task, language: str, job: Job, inputs: Inputs | None = None) -> str:
    """Return the key of the scores of a job's predictions in a language."""
    signatures = [registry.get("metrics", name).signature for name in task.metric_names]
    params: dict[str, Any] = {"language": language, "metrics": signatures, "kind": task.kind.name}
    if inputs and inputs.gold != usual_gold(task):
        params["gold"] = {"role": inputs.gold, "language": inputs.language}
    return key_of("score", _VERSION, params, [job.key], job.data)


def write_replicates(path: Path, replicates: np.ndarray) -> None:
    """Write the replicates of a cell, .npy of shape (headline metrics, resamples)."""
    import numpy as np

    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, replicates)
