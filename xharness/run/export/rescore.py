"""Scoring a run again from the predictions in its folder, without its model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, DataError, XHarnessError
from xharness.plan import usual_gold
from xharness.registry import Registry
from xharness.run.records.cell_record import NOISE_NOTE
from xharness.run.records.cell_scores import write_replicates
from xharness.run.records.recorder import counted, errors
from xharness.run.records.results import RESULTS, assemble
from xharness.run.records.results import read as read_results
from xharness.run.scoring import Score, gold_of, score
from xharness.run.steps.predict import read as read_predictions
from xharness.specs.params import typed
from xharness.specs.sources import DataOptions
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.store.writing import write_json
from xharness.ways import named


def rescore(folder: str | Path, registry: Registry) -> tuple[Path, dict[str, Any]]:
    """Compute every score of a run again and save its results.json; return its folder and content.

    The data must be those that were predicted on: a split whose content has changed fails its cell. A cell that was
    not predicted stays as it was. Raises BadRequest where the folder is no run.
    """
    path, results = read_results(folder)
    request = results["run"]["request"]
    options = data_options(request, registry)
    records = [_rescored(path, dict(cell), request, registry, options) for cell in results["cells"]]
    suite = registry.get("suites", next(iter(results["suites"]))) if results["suites"] else None
    tasks = [registry.get("tasks", name) for name in results["tasks"]]
    targets = counted(registry, suite, tasks)
    content = assemble(results["run"], records, suite, targets, request["seeds"], errors(registry))
    write_json(path / RESULTS, content)
    return path, content


def _rescored(
    folder: Path, cell: dict[str, Any], request: Mapping[str, Any], registry: Registry, options: DataOptions
) -> dict[str, Any]:
    if not cell["predictions"]:
        return cell
    file = predictions_file(folder, cell)
    try:
        found = _score(file, cell, request, registry, options)
        drawn = None if found.replicates is None else _beside(cell["predictions"])
        if drawn and found.replicates is not None:
            write_replicates(inside(folder, drawn), found.replicates)
    except (XHarnessError, OSError, ValueError, KeyError, TypeError) as error:
        return {**cell, "status": "failed", "metrics": {}, "n": None, "replicates": None, "reason": f"rescore: {error}"}
    kept = {name: note for name, note in cell["notes"].items() if name == NOISE_NOTE}
    scored = {"metrics": found.metrics, "n": found.n, "notes": found.notes | kept, "replicates": drawn}
    inputs = _settled(registry.get("tasks", cell["task"]), cell)
    return {**cell, **scored, "inputs": inputs, "status": "ok", "reason": None}


def _beside(predictions: str) -> str:
    """Return where the replicates lie that belong to a file of predictions."""
    return f"replicates/{predictions.removeprefix('predictions/').removesuffix('.jsonl')}.npy"


def data_options(request: Mapping[str, Any], registry: Registry) -> DataOptions:
    """Return what a run's request says of its data."""
    source = registry.get("sources", request["source"])
    root = Path(request["data"]) if request.get("data") else None
    return DataOptions(root=root, params=typed(source.params, request.get("params", {})))


def predictions_file(folder: Path, cell: Mapping[str, Any]) -> Path:
    """Return the file of a cell's predictions; BadRequest where it lies outside the run."""
    return inside(folder, cell["predictions"])


def inside(folder: Path, name: str) -> Path:
    """Return a file that results.json names; BadRequest where it lies outside the run."""
    file: Path = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise BadRequest(f"run '{folder}': '{name}' lies outside the run")
    return file


def gold_again(cell: Mapping[str, Any], request: Mapping[str, Any], registry: Registry, options: DataOptions) -> Any:
    """Return the gold of a cell, read again; DataError where the data are not those that were predicted on."""
    task = registry.get("tasks", cell["task"])
    source = registry.get("sources", cell["source"])
    inputs = _gold_inputs(task, cell)
    if inputs and inputs["made"]:
        raise DataError("the run itself made the answers that it was scored with; run it again to score it again")
    then, split = (cell["data"]["inputs"], inputs["split"]) if inputs else (cell["data"]["examples"], cell["split"])
    ref = DataRef(cell["task"], cell["language"], split)
    found = source.fingerprint(task, ref.language, ref.split, options)
    if found != then:
        raise DataError(f"the data are not those that were predicted on ({found}, then {then})")
    examples = source.load(task, ref.language, ref.split, options)
    limit = request.get("limit")
    if limit is not None and task.kind.limit == "rows":
        examples = examples.select(range(min(limit, len(examples))))
    return gold_of(task, ref, examples, limit)


def _gold_inputs(task: Task, cell: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the inputs of a cell where their own gold holds, None where that of the evaluated split does."""
    inputs = _settled(task, cell)
    return inputs if inputs and inputs["gold"] == "inputs" else None


def _settled(task: Task, cell: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the inputs of a cell and whose gold holds, which a file of schema 1.0 leaves to the kind of the task."""
    return cell["inputs"] and {**cell["inputs"], "gold": cell["inputs"]["gold"] or usual_gold(task)}


def _score(
    file: Path, cell: Mapping[str, Any], request: Mapping[str, Any], registry: Registry, options: DataOptions
) -> Score:
    task = registry.get("tasks", cell["task"])
    gold = gold_again(cell, request, registry, options)
    predictions = task.kind.predictions(read_predictions(file))
    inputs = _gold_inputs(task, cell)
    way = named(task, (cell.get("way") or {}).get("name"), registry)
    return score(registry, task, way, inputs["language"] if inputs else cell["language"], predictions, gold)
