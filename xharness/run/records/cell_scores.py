"""The scores of cells in the store: each is computed once from stored predictions, by the first process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.data.surrogates import changed_rows
from xharness.plan import Job, usual_gold
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.isolation import caught
from xharness.run.records.cell_record import way_of
from xharness.run.scoring import Score, gold_of, score
from xharness.run.steps.predict import PREDICTIONS, read
from xharness.specs.places import Cell
from xharness.specs.recipes import Inputs
from xharness.specs.tasks import Task
from xharness.store.keys import key_of
from xharness.store.writing import guarded, write_json

if TYPE_CHECKING:
    import numpy as np

REPLICATES = "replicates.npy"
CORRECT = "correct.npy"
REPLACED = "lone_surrogates"
"""The key in score.json with the rows of the data in which lone surrogates were replaced."""
_VERSION = 2
"""Raise it if scores change for a reason that is not part of a signature."""


def error_of_scoring(cell: Cell, job: Job, context: Context) -> Exception | None:
    """Score a cell from its stored predictions and store the scores; return the error if it cannot be scored."""
    return caught(lambda: score_cell(cell, job, context))


def score_cell(cell: Cell, job: Job, context: Context) -> None:
    """Compute and store the scores of a cell, unless they are stored."""
    store, key = context.store, key_of_scores(cell, job, context)
    if store.sound("score", key):
        return
    found, replaced = _computed(cell, job, context)
    content = {"metrics": found.metrics, "n": found.n, "notes": found.notes}
    with store.creating("score", key, {"predictions": job.key}) as folder:
        write_json(folder / "score.json", content | ({REPLACED: replaced} if replaced else {}))
        if found.replicates is not None:
            write_array(folder / REPLICATES, found.replicates)
        if found.correct is not None:
            write_array(folder / CORRECT, found.correct)


def correct_units(cell: Cell, job: Job, context: Context) -> np.ndarray | None:
    """Return which units of a scored cell are right, shape (n,); None if no metric of its task says it."""
    import numpy as np

    path = context.store.path("score", key_of_scores(cell, job, context)) / CORRECT
    if path.exists():
        found: np.ndarray = np.load(path)
        return found
    if not any(context.registry.get("metrics", name).correct for name in context.task(cell.place.task).metric_names):
        return None
    return _computed(cell, job, context)[0].correct  # the store may have been written by an older version


def _computed(cell: Cell, job: Job, context: Context) -> tuple[Score, dict[str, Any] | None]:
    """Return the scores of stored predictions, and the rows of the data in which lone surrogates were replaced."""
    task = context.task(cell.place.task)
    inputs = context.plan.inputs.get(cell)
    own = inputs is not None and inputs.gold == "inputs"
    language = inputs.language if inputs and own else cell.place.language
    ref = job.stage.data["inputs" if own else "examples"]
    rows = read(context.store.path("predict", job.key) / PREDICTIONS)
    examples = context.load(ref)
    gold = gold_of(task, ref, examples, context.plan.resolved.request.limit)
    scored = score(context.registry, task, way_of(job), language, rows, gold)
    return scored, changed_rows(examples.info.description, len(examples))


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


def write_array(path: Path, values: np.ndarray) -> None:
    """Write an array as .npy."""
    import numpy as np

    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, values)
