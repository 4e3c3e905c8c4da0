"""Recompute the scores of a run from the predictions in its folder, without the model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, DataError, StoreError, reason_of
from xharness.plan import usual_gold
from xharness.registry import Registry
from xharness.run.records.cell_record import CORRECT, NOISE_NOTE, beside, size_caveats
from xharness.run.records.cell_scores import write_array
from xharness.run.records.recorder import counted, errors
from xharness.run.records.results import RESULTS, assemble
from xharness.run.records.results import read as read_results
from xharness.run.records.robustness import with_robustness
from xharness.run.scoring import Score, gold_of, score
from xharness.run.steps.predict import read as read_predictions
from xharness.scale.fetched import places
from xharness.specs.params import typed
from xharness.specs.sources import DataOptions
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.store.writable import check_writable
from xharness.store.writing import write_json


def rescore(folder: str | Path, registry: Registry) -> tuple[Path, dict[str, Any]]:
    """Recompute every score of a run and save its results.json; return its folder and content.

    A cell fails if the content of its split changed since the run. A cell without predictions stays as it is. Raises
    BadRequest if the folder is not the folder of a run.
    """
    path, results = read_results(folder)
    check_writable("run", path)
    request = results["run"]["request"]
    options = data_options(request, registry)
    records = [_rescored(path, dict(cell), request, registry, options) for cell in results["cells"]]
    suite = registry.get("suites", next(iter(results["suites"]))) if results["suites"] else None
    tasks = [registry.get("tasks", name) for name in results["tasks"]]
    targets = counted(registry, suite, tasks)
    content = assemble(results["run"], records, suite, targets, request["seeds"], errors(registry))
    content = with_robustness(content, path, registry)
    write_json(path / RESULTS, content)
    return path, content


def _rescored(
    folder: Path, cell: dict[str, Any], request: Mapping[str, Any], registry: Registry, options: DataOptions
) -> dict[str, Any]:
    if not cell["predictions"]:
        return cell
    file = predictions_file(folder, cell)
    try:
        scored = _score(file, cell, request, registry, options)
        replicates = None if scored.replicates is None else beside(cell["predictions"], "replicates")
        if replicates and scored.replicates is not None:
            write_array(inside(folder, replicates), scored.replicates)
        if scored.correct is not None and (folder / CORRECT).is_dir():
            write_array(inside(folder, beside(cell["predictions"], CORRECT)), scored.correct)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a metric or source may raise any error; the other cells continue
        reason = f"rescore: {reason_of(error)}"
        return {**cell, "status": "failed", "metrics": {}, "n": None, "replicates": None, "reason": reason}
    kept = {name: note for name, note in cell["notes"].items() if name == NOISE_NOTE}
    scores = {"metrics": scored.metrics, "n": scored.n, "notes": scored.notes | kept, "replicates": replicates}
    inputs = _with_gold(registry.get("tasks", cell["task"]), cell)
    caveats = _caveats(cell, scored.n, request, registry)
    return {**cell, **scores, "inputs": inputs, "caveats": caveats, "status": "ok", "reason": None}


def _caveats(cell: Mapping[str, Any], n: int, request: Mapping[str, Any], registry: Registry) -> list[dict[str, Any]]:
    """Return the caveats of a rescored cell; a cell that had no score lacks the one on the size of the test set."""
    own = list(cell["caveats"])
    if cell["status"] == "ok" or registry.get("sources", cell["source"]).synthetic:
        return own
    task = registry.get("tasks", cell["task"])
    size = size_caveats(task, cell["language"], cell["split"], n, request["limit"])
    return [*(each.record() for each in size), *(each for each in own if each["code"] != "test_size")]


def data_options(request: Mapping[str, Any], registry: Registry) -> DataOptions:
    """Return the data options of a run's request."""
    source = registry.get("sources", request["source"])
    given = Path(request["data"]) if request.get("data") else None
    offline = request.get("offline", False)
    root, hub = places(given, offline=offline, files=source.offline and not source.synthetic)
    return DataOptions(root=root, params=typed(source.params, request.get("params", {})), hub=hub)


def predictions_file(folder: Path, cell: Mapping[str, Any]) -> Path:
    """Return the file of a cell's predictions; BadRequest if it is outside the run's folder."""
    return inside(folder, cell["predictions"])


def inside(folder: Path, name: str) -> Path:
    """Return a file that results.json names; BadRequest if it is outside the run's folder."""
    file: Path = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise BadRequest(f"run '{folder}': results.json names '{name}', a file outside the run's folder")
    return file


def gold_again(cell: Mapping[str, Any], request: Mapping[str, Any], registry: Registry, options: DataOptions) -> Any:
    """Read the gold of a cell again and return it; DataError if the data changed since the run."""
    task = registry.get("tasks", cell["task"])
    source = registry.get("sources", cell["source"])
    inputs = _gold_inputs(task, cell)
    if inputs and inputs["made"]:
        raise DataError("the gold was created by the run itself, so it cannot be read from the data; run again")
    expected, split = (cell["data"]["inputs"], inputs["split"]) if inputs else (cell["data"]["examples"], cell["split"])
    ref = DataRef(cell["task"], cell["language"], split)
    fingerprint = source.fingerprint(task, ref.language, ref.split, options)
    if fingerprint != expected:
        raise DataError(f"the data changed since the run: the fingerprint is {fingerprint}, it was {expected}")
    examples = source.load(task, ref.language, ref.split, options)
    limit = request.get("limit")
    if limit is not None and task.kind.limit == "rows":
        examples = examples.select(range(min(limit, len(examples))))
    return gold_of(task, ref, examples, limit)


def _gold_inputs(task: Task, cell: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the inputs of a cell if it is scored against their gold, None if against that of the evaluated split."""
    inputs = _with_gold(task, cell)
    return inputs if inputs and inputs["gold"] == "inputs" else None


def _with_gold(task: Task, cell: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the inputs of a cell with the field `gold`, which files of schema 1.0 leave to the kind of the task."""
    return cell["inputs"] and {**cell["inputs"], "gold": cell["inputs"]["gold"] or usual_gold(task)}


def _score(
    file: Path, cell: Mapping[str, Any], request: Mapping[str, Any], registry: Registry, options: DataOptions
) -> Score:
    task = registry.get("tasks", cell["task"])
    gold = gold_again(cell, request, registry, options)
    rows = read_predictions(file)
    inputs = _gold_inputs(task, cell)
    return score(registry, task, cell.get("way"), inputs["language"] if inputs else cell["language"], rows, gold)
