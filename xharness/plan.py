"""The plan: a request and its recipe turned into stages, equal stages made one, in dependency order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from xharness import requirements
from xharness.checkpoint import Found, find
from xharness.errors import BadRequest, DataError, NotReady
from xharness.registry import Registry
from xharness.request import Resolved
from xharness.specs.models import ModelInfo
from xharness.specs.places import Cell, Place
from xharness.specs.recipes import Inputs, Wish
from xharness.specs.sources import CANDIDATES
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import PassageRetrieval, SpanQA, Task
from xharness.store.keys import key_of

TRAININGS = ("finetune", "multitask")
VERSIONS = {"pretrained": 1, "finetune": 1, "embed": 1, "predict": 1, "score": 2}

_NO_SHOTS = "; without it no examples of the language can be drawn: leave the language or the task out"


@dataclass
class Job:
    """A stage with its key, the keys of the stages it needs, and the cells that it serves.

    `data` maps each role to the fingerprint of the split; `problem` says why the job cannot be done, known
    before anything runs.
    """

    key: str
    stage: Stage
    needs: tuple[str, ...]
    data: Mapping[str, str]
    cells: list[Cell] = field(default_factory=list)
    problem: str | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the stage."""
        return self.stage.kind

    @property
    def of_updates(self) -> bool:
        """Say whether its artifact is low-rank updates, which stand on the checkpoint that the job starts from."""
        return "lora" in self.stage.params

    @property
    def subject(self) -> str:
        """Say what a job works on: the tasks that it trains on or reads, or else those of the stages that it needs."""
        refs = self.stage.refs("train") or list(self.stage.data.values()) or self.stage.trained_on
        return ", ".join(dict.fromkeys(ref.task for ref in refs))


@dataclass
class Plan:
    """Jobs by key, in dependency order, and for each cell the key of its predictions.

    A cell whose predictions cannot be planned has its reason in `skipped`. `inputs` says what is predicted on where
    that is not the evaluated split itself. `others` holds the checkpoints beside the one that is evaluated, by what the
    recipe calls them. `fingerprints` are those of the splits that were looked at, or why a split has none.
    """

    resolved: Resolved
    jobs: dict[str, Job]
    predictions: dict[Cell, str]
    skipped: dict[Cell, str]
    dtype: str
    inputs: dict[Cell, Inputs] = field(default_factory=dict)
    others: dict[str, Found] = field(default_factory=dict)
    fingerprints: dict[DataRef, str | DataError] = field(default_factory=dict)

    def of_kind(self, kind: str) -> Iterator[Job]:
        """Yield the jobs of a kind in dependency order."""
        return (job for job in self.jobs.values() if job.kind == kind)

    def checkpoint(self, job: Job) -> Job:
        """Return the job whose artifact is the checkpoint that a job starts from."""
        return self.jobs[job.needs[0]]

    def given(self, job: Job) -> Found:
        """Return the checkpoint that a job of kind `pretrained` stands for, with its adapter."""
        named = job.stage.params["fingerprint"]
        others = (found for found in self.others.values() if found[1].fingerprint == named)
        return next(others, (self.resolved.model, self.resolved.info))


def make(
    resolved: Resolved,
    registry: Registry,
    dtype: str,
    models: Mapping[str, Found] | None = None,
    fingerprints: Mapping[DataRef, str | DataError] | None = None,
) -> Plan:
    """Turn a resolved request into a plan; nothing is run.

    `dtype` is what `auto` came to on this machine. `models` (by what a recipe calls them) and `fingerprints` are known
    from an earlier planning, and not looked up again. Raises BadRequest where the recipe cannot serve a task that was
    asked for by name in any of the languages.
    """
    plan = Plan(resolved=resolved, jobs={}, predictions={}, skipped={}, dtype=dtype)
    plan.fingerprints.update(fingerprints or {})
    fingerprint = _fingerprints(plan, registry)
    find_model = _finder(plan, registry, models or {})
    for task, languages in resolved.targets:
        for seed in resolved.request.seeds:
            cells = [_cell(resolved, task, code, seed) for code in languages]
            refused: dict[Cell, BadRequest] = {}
            for cell in cells:
                try:
                    wish = _wish(resolved, registry, task, cell, find_model)
                    inputs = _inputs(resolved, wish, cell)
                    checkpoint = resolved.recipe.checkpoint(wish)
                    requirements.check(resolved, wish, checkpoint, registry)
                    stage = _predict(resolved, wish, checkpoint, cell.split, inputs, dtype)
                except NotReady as error:
                    refused[cell] = BadRequest(f"{error}; {requirements.alternatives(resolved, wish, registry)}")
                    continue
                except BadRequest as error:
                    refused[cell] = error
                    continue
                job = _add(plan, stage, cell, fingerprint)
                plan.predictions[cell] = job.key
                if inputs:
                    plan.inputs[cell] = inputs
            if len(refused) == len(cells) and resolved.suite is None:
                raise refused[cells[0]]
            plan.skipped.update({cell: str(error) for cell, error in refused.items()})
    if not plan.predictions:
        raise BadRequest(f"nothing to run: {next(iter(plan.skipped.values()), 'no task is left')}")
    for name, reason in resolved.skipped.items():
        task = registry.get("tasks", name)
        cells = [_cell(resolved, task, code, seed) for code in resolved.asked[name] for seed in resolved.request.seeds]
        plan.skipped.update(dict.fromkeys(cells, reason))
    return plan


def _cell(resolved: Resolved, task: Task, language: str, seed: int) -> Cell:
    return Cell(Place(task.name, language, seed), resolved.request.split or task.test_split)


def _finder(plan: Plan, registry: Registry, models: Mapping[str, Found]) -> Callable[[str], ModelInfo]:
    def find_model(reference: str) -> ModelInfo:
        if reference not in plan.others:
            found = models.get(reference) or find(reference, registry, plan.resolved.load_options)
            plan.others[reference] = found
        return plan.others[reference][1]

    return find_model


def _wish(
    resolved: Resolved, registry: Registry, task: Task, cell: Cell, find_model: Callable[[str], ModelInfo]
) -> Wish:
    training = task.training
    trainer = registry.get("tasks", training.task) if training and training.task else None
    return Wish(
        model=resolved.info,
        task=task,
        trainer=trainer,
        language=cell.place.language,
        params=resolved.recipe_params,
        seed=cell.place.seed,
        find=lambda name: registry.get("tasks", name),
        find_model=find_model,
    )


def usual_gold(task: Task) -> Literal["examples", "inputs"]:
    """Return whose gold holds where inputs are predicted on instead of an evaluated split, unless they say so."""
    return "inputs" if task.kind.gold_follows_inputs else "examples"


def _inputs(resolved: Resolved, wish: Wish, cell: Cell) -> Inputs | None:
    """Return what the recipe predicts on instead of the evaluated split; None where it is the split itself."""
    if resolved.recipe.inputs is None:
        return None
    inputs = resolved.recipe.inputs(wish, DataRef(wish.task.name, wish.language, cell.split))
    return inputs and replace(inputs, gold=inputs.gold or usual_gold(wish.task))


def _predict(resolved: Resolved, wish: Wish, checkpoint: Stage, split: str, inputs: Inputs | None, dtype: str) -> Stage:
    task = wish.task
    data = {"examples": DataRef(task.name, wish.language, split)}
    if inputs:
        data["inputs"] = inputs.ref
    if task.kind.tuned:
        data["dev"] = DataRef(task.name, wish.language, "dev")
    params = {
        **_model_params(resolved, task, dtype),
        "kind": task.kind.name,
        "labels": list(getattr(task, "labels", ())),
        "max_length": task.tuning.max_length,
        "stride": task.tuning.stride,
        "limit": resolved.request.limit,
    }
    if isinstance(task, SpanQA) and task.unanswerable:
        params["unanswerable"] = True
    if not isinstance(task, PassageRetrieval):
        return Stage(kind="predict", params=params, inputs=(checkpoint,), data=data)
    starts = (checkpoint, _pool(resolved, task, checkpoint, dtype))
    return Stage(kind="predict", params={**params, "query_length": task.query_length}, inputs=starts, data=data)


def _pool(resolved: Resolved, task: PassageRetrieval, checkpoint: Stage, dtype: str) -> Stage:
    """Return the stage that embeds a task's candidates, whatever languages are asked for."""
    return Stage(
        kind="embed",
        params={
            **_model_params(resolved, task, dtype),
            "max_length": task.candidate_length,
            "pool": list(task.pool),  # its order is that of the vectors
        },
        inputs=(checkpoint,),
        data={f"candidates.{code}": DataRef(task.name, code, CANDIDATES) for code in task.pool},
    )


def _model_params(resolved: Resolved, task: Task, dtype: str) -> dict[str, Any]:
    """Return what decides how the model is loaded and run."""
    capability, given = task.kind.capability, resolved.model_params
    declared = resolved.model.params
    return {
        "adapter": resolved.model.name,
        "capability": capability,
        "params": {name: given[name] for name, param in declared.items() if param.capability in ("", capability)},
        "dtype": dtype,
        "exact": resolved.request.exact,
    }


def _fingerprints(plan: Plan, registry: Registry) -> Callable[[DataRef], str]:
    known, resolved = plan.fingerprints, plan.resolved

    def fingerprint(ref: DataRef) -> str:
        if ref not in known:
            try:
                task = registry.get("tasks", ref.task)
                known[ref] = resolved.source.fingerprint(task, ref.language, ref.split, resolved.data_options)
            except DataError as error:
                known[ref] = error
        found = known[ref]
        if isinstance(found, DataError):
            raise found
        return found

    return fingerprint


def _of_known_dev(stage: Stage, fingerprint: Callable[[DataRef], str]) -> Stage:
    """Return a stage whose oracle looks at the dev splits that there are, as long as there is one."""
    if stage.params.get("tuning", {}).get("selection") != ORACLE:
        return stage

    def there(role: str, ref: DataRef) -> bool:
        try:
            return not role.startswith("dev.") or bool(fingerprint(ref))
        except DataError:
            return False

    data = {role: ref for role, ref in stage.data.items() if there(role, ref)}
    return replace(stage, data=data) if any(role.startswith("dev.") for role in data) else stage


def _add(plan: Plan, stage: Stage, cell: Cell, fingerprint: Callable[[DataRef], str]) -> Job:
    stage = _of_known_dev(stage, fingerprint)
    made = {role: _add(plan, ref.made, cell, fingerprint).key for role, ref in stage.data.items() if ref.made}
    needs = (*(_add(plan, start, cell, fingerprint).key for start in stage.inputs), *made.values())
    data: dict[str, str] = {}
    problem = next((plan.jobs[key].problem for key in needs if plan.jobs[key].problem), None)
    lacking: dict[str, str] = {}
    for role, ref in stage.data.items():
        try:
            data[role] = f"made:{made[role]}" if role in made else fingerprint(ref)
        except DataError as error:
            data[role] = f"missing:{ref.task}:{ref.language}:{ref.split}"
            lacking.setdefault(ref.language, f"{error}{_NO_SHOTS if 'shots' in stage.params else ''}")
    if lacking and not problem:
        more = ", ".join(list(lacking)[1:])
        problem = next(iter(lacking.values())) + (f"; so it is in {more}" if more else "")
    params: dict[str, Any] = dict(stage.params)
    if stage.kind in (*TRAININGS, "translate"):
        params |= {"dtype": plan.dtype, "limit": plan.resolved.request.limit}
    key = key_of(stage.kind, VERSIONS.get(stage.kind, 1), params, needs, data)
    job = plan.jobs.setdefault(key, Job(key=key, stage=stage, needs=needs, data=data, problem=problem))
    if cell not in job.cells:
        job.cells.append(cell)
    return job
