"""A small finished run with invented scores, and runs that differ from it in one respect, for the checks of formats."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xharness import api
from xharness.data.jsons import write_jsonl
from xharness.plan import Plan
from xharness.run.context import Context
from xharness.run.records.cell_record import Record, predictions_path, record
from xharness.run.records.recorder import Recorder
from xharness.run.records.results import RESULTS, assemble, read
from xharness.specs.places import Cell
from xharness.specs.tasks import Task
from xharness.store.artifacts import Store
from xharness.testing.bench import Bench
from xharness.testing.checks import Skip
from xharness.testing.examples import samples
from xharness.testing.trials import trial

SEEDS = (1, 2)
_LANGUAGES = 2
_EXAMPLES = 4
_COMMIT = "0123456789abcdef" * 2 + "01234567"
Cells = list[dict[str, Any]]


def finished(bench: Bench) -> Path:
    """Return the folder of a run of one task in two languages with two seeds, as if its data came from the hub."""
    folder: Path = bench.once("finished run", lambda: _finished(bench))
    return folder


def changed(bench: Bench, name: str, change: Callable[[Cells], None]) -> Path:
    """Return the folder of a copy of the finished run whose cells went through `change`, with its averages."""
    folder: Path = bench.once(("finished run", name), lambda: _changed(bench, name, change))
    return folder


def fail(cells: Cells) -> None:
    """Turn cells into cells that failed."""
    for cell in cells:
        cell |= {"status": "failed", "reason": "no space left", "metrics": {}, "n": None, "predictions": None}


def lower(cells: Cells) -> None:
    """Lower every value of cells by a third."""
    for cell in cells:
        for metric in cell["metrics"].values():
            metric["value"] = metric["value"] / 1.5


def _task(bench: Bench) -> Task:
    """Return a task with synthetic examples that needs no training."""
    for task in bench.registry.all("tasks"):
        if task.kind.search and not task.kind.pool and not task.kind.tunes_threshold and task.data_for("mini"):
            found: Task = task
            return found
    raise Skip("no task with synthetic examples needs no training; install xharness completely")


def _finished(bench: Bench) -> Path:
    task, folder = _task(bench), bench.folder / "finished"
    request = api.build(
        {
            "model": bench.embedded,
            "tasks": [task.name],
            "languages": list(task.languages[:_LANGUAGES]),
            "source": "mini",
            "seeds": list(SEEDS),
            "device": "cpu",
        }
    )
    plan = api.plan(request, bench.registry)
    recorder = Recorder(Context(plan=plan, registry=bench.registry, store=Store(bench.folder / "store")), folder)
    recorder.open()
    rows = trial(task, samples(task, bench)[0].rows[:_EXAMPLES], True)
    for cell in plan.predictions:
        recorder.records[cell] = _scored(plan, cell, task, bench)
        write_jsonl(folder / str(recorder.records[cell]["predictions"]), rows)
    content = recorder.save()
    content["run"] |= {"synthetic": False, "request": {**content["run"]["request"], "source": "hub"}}
    (folder / RESULTS).write_text(json.dumps(content), encoding="utf-8")
    return folder


def _scored(plan: Plan, cell: Cell, task: Task, bench: Bench) -> Record:
    """Return the record of a cell with a score for each headline metric."""
    language = cell.place.language
    signature = bench.registry.get("metrics", task.metric_names[0]).signature
    value = 60.125 + 10 * task.languages.index(language)
    return record(
        plan,
        cell,
        "ok",
        n=_EXAMPLES,
        source="hub",
        data={"examples": f"hub:owner/data@{_COMMIT}:{language}:test:{task.name}:{language}:test:abcd0123"},
        metrics={
            name: {"value": value, "ci95": [value - 5, value + 5], "signature": signature}
            for name in task.headline_names
        },
        predictions=predictions_path(cell, SEEDS),
    )


def _changed(bench: Bench, name: str, change: Callable[[Cells], None]) -> Path:
    folder = bench.folder / name
    shutil.copytree(finished(bench), folder)
    _, content = read(folder)
    change(content["cells"])
    task = bench.registry.get("tasks", content["cells"][0]["task"])
    content = assemble(content["run"], content["cells"], None, [(task, task.languages)], SEEDS)
    (folder / RESULTS).write_text(json.dumps(content), encoding="utf-8")
    return folder
