"""Small whole runs of a task: undisturbed, interrupted and resumed, and its examples one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness import api
from xharness.errors import BadRequest, DataError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.request import DEFAULT_RECIPE
from xharness.run.context import Context
from xharness.run.records.results import read
from xharness.run.steps.asking import asking_of, predictions
from xharness.run.steps.predict import inputs_of, load_model
from xharness.specs.places import Cell
from xharness.specs.tasks import Task
from xharness.store.artifacts import Store
from xharness.testing.bench import Bench
from xharness.testing.checks import Skip
from xharness.testing.examples import load, source_of

_LIMIT = 16
_LANGUAGES = 2
_CLOSE = 1e-4


@dataclass(frozen=True)
class Ran:
    """A finished run: its request, its folder, and what it returned."""

    request: api.Request
    folder: Path
    content: Mapping[str, Any]

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Return the records of the cells."""
        return list(self.content["cells"])

    def predictions(self) -> dict[str, str]:
        """Return the content of each file of predictions by name, and the values of each cell."""
        folder = self.folder / "out" / "predictions"
        files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.jsonl")}
        values = {
            f"the score of {cell['language']}": json.dumps(
                {name: metric["value"] for name, metric in cell["metrics"].items()}
            )
            for cell in self.cells
        }
        return files | values if files else {}


class _Interrupting:
    """A display that interrupts the run at the first report of a training, or else at the first finished cell."""

    def __init__(self, trains: bool) -> None:
        self.trains, self.interrupted = trains, False

    def begin(self, cells: int, cached: int) -> None:
        """Do nothing."""

    def stage(self, text: str) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""

    def tokens(self, n: int) -> None:
        """Do nothing."""

    def train(self, report: Mapping[str, Any], work: str = "") -> None:
        """Interrupt the run."""
        self._interrupt()

    def cell(self, text: str) -> None:
        """Interrupt the run unless it trains."""
        if not self.trains:
            self._interrupt()

    def end(self) -> None:
        """Do nothing."""

    def _interrupt(self) -> None:
        if not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt


def undisturbed(task: Task, bench: Bench) -> Ran:
    """Return the run of a task on a few examples, which is made once; `Skip` if it cannot be made here."""
    ran: Ran = bench.once(("run", task.name), lambda: _run(task, bench, "run"))
    return ran


def resumed(task: Task, bench: Bench) -> Ran:
    """Return the same run in another store, interrupted once and then run again."""
    request, planned = _planned(task, bench)
    folder = bench.folder / f"{task.name}-resumed"
    display = _Interrupting(any(job.stage.params.trains for job in planned.jobs.values()))
    try:
        api.run(request, registry=bench.registry, out=folder / "out", store=folder / "store", display=display)
    except KeyboardInterrupt:
        return _run(task, bench, "resumed")
    raise Skip("the run has no training and no cell at which it can be interrupted")


def _run(task: Task, bench: Bench, name: str) -> Ran:
    request, _ = _planned(task, bench)
    folder = bench.folder / f"{task.name}-{name}"
    content = api.run(request, registry=bench.registry, out=folder / "out", store=folder / "store")
    return Ran(request, folder, content)


def _planned(task: Task, bench: Bench) -> tuple[api.Request, Plan]:
    """Return the request of a small run, and its plan, on the first checkpoint that supports the task."""
    planned: tuple[api.Request, Plan] = bench.once(("plan", task.name), lambda: _plan(task, bench))
    return planned


def _plan(task: Task, bench: Bench) -> tuple[api.Request, Plan]:
    if not task.metric_names:
        raise Skip("tasks of this kind are for training only")
    source = source_of(task, bench)
    _need_training_data(task, bench)
    reasons = []
    for model in (*bench.models, bench.embedded):
        request = api.build(
            {
                "model": model,
                "tasks": [_name(task, bench.registry)],
                "languages": list(task.languages[:_LANGUAGES]),
                "source": source.name,
                "limit": _LIMIT,
                "params": _params(bench),
                "device": "cpu",
                "dtype": "float32",
                "exact": True,
                "keep_checkpoints": True,
                **({"data": str(bench.data)} if bench.options(source.name).root else {}),
            }
        )
        try:
            return request, api.plan(request, bench.registry)
        except BadRequest as error:
            reasons.append(str(error))
    raise Skip(
        f"no checkpoint supports the task ({'; '.join(dict.fromkeys(reasons))}); give one with --model, or with "
        "conformance(..., models=[...])"
    )


def _params(bench: Bench) -> dict[str, str]:
    """Return the parameters that shorten the training of the default recipe, if it has them."""
    declared = bench.registry.get("recipes", DEFAULT_RECIPE).params
    return {name: value for name, value in (("epochs", "1"), ("selection", "last")) if name in declared}


def _name(task: Task, registry: Registry) -> str:
    """Return the name under which a task is registered."""
    return next(name for name in registry.names("tasks") if registry.get("tasks", name) is task)


def _need_training_data(task: Task, bench: Bench) -> None:
    training, source = task.training, source_of(task, bench)
    trainer = bench.registry.trainer(task)
    if training is None or trainer is None or not task.kind.needs_finetuning:
        return
    try:
        load(trainer, source, training.language, "train", bench)
    except (DataError, BadRequest) as error:
        raise Skip(f"no training data on this machine: {error}") from error


def alone_and_together(ran: Ran, task: Task, bench: Bench) -> tuple[list[Any], list[Any]]:
    """Return what the model of a run gives for its first examples one by one, and for all of them together."""
    plan = api.plan(ran.request, bench.registry)
    context = Context(plan=plan, registry=bench.registry, store=Store(ran.folder / "store"))
    job = _job(plan)
    model = load_model(job, context, lambda event: None)
    examples = inputs_of(job, context)
    if task.kind.search:
        texts = [
            text for texts in task.kind.search.read(_splits(job, context), _LIMIT).texts.values() for text in texts
        ]
        texts = texts[:_LIMIT]
        return [_vectors(model, [text])[0] for text in texts], _vectors(model, texts)
    asking = asking_of(job, context)
    rows = [(asking, row) for row in examples.select(range(min(_LIMIT, len(examples))))]
    alone = [next(iter(predictions(model, [row], asking.way))) for row in rows]
    return alone, list(predictions(model, rows, asking.way))


def _job(plan: Plan) -> Job:
    first: Cell = next(iter(plan.predictions))
    return plan.jobs[plan.predictions[first]]


def _splits(job: Job, context: Context) -> dict[str, Any]:
    return {role: context.load(ref) for role, ref in job.stage.data.items() if role in ("examples", "dev")}


def _vectors(model: Any, texts: list[str]) -> list[list[float]]:
    return [vector.tolist() for block in model.embed(texts) for vector in block]


def alike(one: Any, other: Any) -> bool:
    """Return whether two predictions are equal, with numbers that differ by at most 0.0001."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


def unreadable(ran: Ran) -> str:
    """Return why results.json cannot be read back as it was returned; the empty text if it can."""
    try:
        _, content = read(ran.folder / "out")
    except BadRequest as error:
        return str(error)
    odd = next(_differences(json.loads(json.dumps(ran.content)), content, ""), None)
    return f"results.json differs from what the run returned, in {odd}" if odd else ""


def _differences(one: Any, other: Any, where: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in {**one, **other}:
            yield from _differences(one.get(name), other.get(name), f"{where}.{name}".lstrip("."))
    elif one != other:
        yield where
