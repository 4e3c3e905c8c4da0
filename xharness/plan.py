"""The plan: the stages of a request in dependency order; equal stages become one job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from xharness import requirements
from xharness.errors import BadRequest, DataError, NotReady
from xharness.model_lookup import Found, find
from xharness.noise_inputs import Clean, noised_inputs, replaced_in_core
from xharness.registry import Registry
from xharness.request import Resolved
from xharness.specs.kinds import Pool
from xharness.specs.models import ModelInfo
from xharness.specs.places import Cell, Place
from xharness.specs.prompts import Wording
from xharness.specs.recipes import Inputs, RecipeInput
from xharness.specs.sources import CANDIDATES
from xharness.specs.stage_params import Embed, Finetune, Loading, Predict, Pretrained, StageParams
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way
from xharness.store.keys import key_of
from xharness.ways import choose, ways_of

Params = TypeVar("Params", bound=StageParams)
_NO_SHOTS = "; examples of the language cannot be drawn without it: leave out the language or the task"


@dataclass
class Job:
    """A stage with its key, the keys of the stages that it needs, and the cells that need it.

    `data` maps each role to the fingerprint of its split; `made` maps the roles of splits that a stage makes to the key
    of that stage, `missing` the roles of splits that the source lacks to the reason. `problem` is the reason why the
    job cannot run, None if it can.
    """

    key: str
    stage: Stage
    needs: tuple[str, ...]
    data: Mapping[str, str]
    cells: list[Cell] = field(default_factory=list)
    problem: str | None = None
    made: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return the kind of the stage."""
        return self.stage.kind

    def params(self, of: type[Params]) -> Params:
        """Return the parameters of the stage as the class `of`; raise TypeError if they are of another class."""
        if not isinstance(self.stage.params, of):
            raise TypeError(f"the parameters of a stage of kind {self.kind} are not {of.__name__}")
        return self.stage.params

    @property
    def of_updates(self) -> bool:
        """Return whether the artifact is low-rank updates of the checkpoint that the job starts from."""
        return isinstance(self.stage.params, Finetune) and self.stage.params.lora is not None

    @property
    def subject(self) -> str:
        """Return the tasks that the job trains on or reads, or else those that its checkpoint was trained on."""
        refs = self.stage.refs("train") or list(self.stage.data.values()) or self.stage.trained_on
        return ", ".join(dict.fromkeys(ref.task for ref in refs))


@dataclass
class Plan:
    """Jobs by key, in dependency order, and the key of the predictions of each cell.

    `skipped` has the errors of cells that cannot be planned. `inputs` has the inputs of cells that are predicted on
    another split than the evaluated one. `others` are the checkpoints besides the evaluated one, by the reference in
    the recipe. `fingerprints` are the fingerprints of splits, or the errors of splits that have none. `clean` maps the
    key of predictions with noise to that of the predictions without.
    """

    resolved: Resolved
    jobs: dict[str, Job]
    predictions: dict[Cell, str]
    skipped: dict[Cell, BadRequest]
    dtype: str
    inputs: dict[Cell, Inputs] = field(default_factory=dict)
    others: dict[str, Found] = field(default_factory=dict)
    fingerprints: dict[DataRef, str | DataError] = field(default_factory=dict)
    clean: dict[str, str] = field(default_factory=dict)

    def of_kind(self, kind: str) -> Iterator[Job]:
        """Yield the jobs of a kind in dependency order."""
        return (job for job in self.jobs.values() if job.kind == kind)

    def checkpoint(self, job: Job) -> Job:
        """Return the job whose artifact is the checkpoint that a job starts from."""
        return self.jobs[job.needs[0]]

    def given(self, job: Job) -> Found:
        """Return the checkpoint of a job of kind `pretrained`, with its adapter."""
        named = job.params(Pretrained).fingerprint
        others = (found for found in self.others.values() if found[1].fingerprint == named)
        return next(others, (self.resolved.model, self.resolved.info))


def make(
    resolved: Resolved,
    registry: Registry,
    dtype: str,
    models: Mapping[str, Found] | None = None,
    fingerprints: Mapping[DataRef, str | DataError] | None = None,
) -> Plan:
    """Return the plan of a resolved request; nothing is run.

    `dtype` is the number format of this machine, with `auto` resolved. `models` (by the reference in the recipe) and
    `fingerprints` come from an earlier plan and are not computed again. Raises BadRequest if a task that was requested
    by name cannot be planned in any language.
    """
    plan = Plan(resolved=resolved, jobs={}, predictions={}, skipped={}, dtype=dtype)
    plan.fingerprints.update(fingerprints or {})
    jobs = _Jobs(plan, _fingerprints(plan, registry))
    find_model = _finder(plan, registry, models or {})
    for task, languages in resolved.targets:
        for seed in resolved.request.seeds:
            cells = [_cell(resolved, task, code, seed) for code in languages]
            refused: dict[Cell, BadRequest] = {}
            asked: list[_Asked] = []
            for cell in cells:
                try:
                    wish = _wish(resolved, registry, task, cell, find_model)
                    inputs = _inputs(resolved, wish, cell)
                    checkpoint = resolved.recipe.checkpoint(wish)
                    requirements.check(resolved, wish, checkpoint, registry)
                    words = choose(task, cell.place.language, checkpoint, resolved, registry)
                except NotReady as error:
                    refused[cell] = NotReady(f"{error}; {requirements.alternatives(resolved, wish, registry)}")
                    continue
                except BadRequest as error:
                    refused[cell] = error
                    continue
                asked.append(_Asked(cell, wish, checkpoint, *words, inputs))
                _enter(plan, asked[-1], jobs)
            _enter_noises(plan, asked, registry, jobs)
            if len(refused) == len(cells) and resolved.suite is None:
                raise refused[cells[0]]
            plan.skipped.update(refused)
    if not plan.predictions:
        raise next(iter(plan.skipped.values()), BadRequest("no task is left")).after("nothing to run: ")
    if resolved.noises and not plan.clean:
        raise next((error for cell, error in plan.skipped.items() if cell.place.noise), BadRequest("no noise applies"))
    for name, reason in resolved.skipped.items():
        task = registry.get("tasks", name)
        cells = [_cell(resolved, task, code, seed) for code in resolved.asked[name] for seed in resolved.request.seeds]
        plan.skipped.update(dict.fromkeys(cells, reason))
    return plan


@dataclass(frozen=True)
class _Asked:
    """A cell, the checkpoint that is evaluated there, and how it is asked."""

    cell: Cell
    wish: RecipeInput
    checkpoint: Stage
    way: Way
    wording: Wording | None
    inputs: Inputs | None


def _enter(plan: Plan, asked: _Asked, jobs: _Jobs) -> None:
    """Add the predictions of a cell, and what they need, to a plan."""
    cell = asked.cell
    stage = _predict(plan.resolved, asked, plan.dtype)
    plan.predictions[cell] = jobs.add(stage, cell).key
    if asked.inputs:
        plan.inputs[cell] = asked.inputs


def _enter_noises(plan: Plan, clean: list[_Asked], registry: Registry, jobs: _Jobs) -> None:
    """Add the cells of every noise that is asked for beside the clean ones; where one does not apply, skip its cell."""
    for setting in plan.resolved.noises:
        noise = registry.get("noises", setting.name)
        for each in clean:
            task, language = each.wish.task, each.cell.place.language
            if setting.of_core and replaced_in_core(task, language, noise, registry):
                continue
            cell = replace(each.cell, place=replace(each.cell.place, noise=setting.key()))
            unnoised = Clean(each.cell, each.way, _predict(plan.resolved, each, plan.dtype), each.inputs)
            try:
                inputs = noised_inputs(plan.resolved, task, unnoised, setting, noise)
            except BadRequest as error:
                plan.skipped[cell] = error
                continue
            _enter(plan, replace(each, cell=cell, inputs=inputs), jobs)
            plan.clean[plan.predictions[cell]] = plan.predictions[each.cell]


def _cell(resolved: Resolved, task: Task, language: str, seed: int) -> Cell:
    return Cell(Place(task.name, language, seed), resolved.request.split or task.test_split)


def _finder(plan: Plan, registry: Registry, models: Mapping[str, Found]) -> Callable[[str], ModelInfo]:
    def find_model(reference: str) -> ModelInfo:
        if reference not in plan.others:
            plan.others[reference] = models.get(reference) or find(reference, registry, plan.resolved.load_options)
        return plan.others[reference][1]

    return find_model


def _wish(
    resolved: Resolved, registry: Registry, task: Task, cell: Cell, find_model: Callable[[str], ModelInfo]
) -> RecipeInput:
    training = task.training
    trainer = registry.get("tasks", training.task) if training and training.task else None
    return RecipeInput(
        model=resolved.info,
        task=task,
        trainer=trainer,
        language=cell.place.language,
        params=resolved.recipe_params,
        seed=cell.place.seed,
        find=lambda name: registry.get("tasks", name),
        ways=ways_of(task, registry),
        find_model=find_model,
    )


def usual_gold(task: Task) -> Literal["examples", "inputs"]:
    """Return which gold counts by default if predictions are made on other inputs than the evaluated split."""
    return "inputs" if task.kind.gold_follows_inputs else "examples"


def _inputs(resolved: Resolved, wish: RecipeInput, cell: Cell) -> Inputs | None:
    """Return the inputs that the recipe predicts on instead of the evaluated split; None: the split itself."""
    if resolved.recipe.inputs is None:
        return None
    inputs = resolved.recipe.inputs(wish, DataRef(wish.task.name, wish.language, cell.split))
    return inputs and replace(inputs, gold=inputs.gold or usual_gold(wish.task))


def _predict(resolved: Resolved, asked: _Asked, dtype: str) -> Stage:
    wish, way, checkpoint = asked.wish, asked.way, asked.checkpoint
    task = wish.task
    data = {"examples": DataRef(task.name, wish.language, asked.cell.split)}
    if asked.inputs:
        data["inputs"] = asked.inputs.ref
    if asked.wording and asked.wording.shots:
        data["shots"] = _shots(wish)
    if task.kind.tunes_threshold:
        data["dev"] = DataRef(task.name, wish.language, "dev")
    params = Predict(
        loading=_loading(resolved, way.capability, dtype),
        task_kind=task.kind.name,
        labels=tuple(getattr(task, "labels", ())),
        max_length=task.tuning.max_length,
        stride=task.tuning.stride,
        limit=resolved.request.limit,
        settings=task.kind.settings(task),
        way=None if way.native else (way.name, way.version),
        wording=asked.wording,
    )
    pool = task.kind.pool
    needed = (checkpoint, _pool(resolved, task, pool, checkpoint, dtype)) if pool else (checkpoint,)
    return Stage(params=params, inputs=needed, data=data)


def _shots(wish: RecipeInput) -> DataRef:
    """Return the split that examples of a prompt are drawn from: the training split of the task, else its dev split."""
    if wish.trainer and wish.trainer.kind == wish.task.kind and wish.task.training:
        return DataRef(wish.trainer.name, wish.task.training.language, "train")
    return DataRef(wish.task.name, wish.language, "dev")


def _pool(resolved: Resolved, task: Task, pool: Pool, checkpoint: Stage, dtype: str) -> Stage:
    """Return the stage that embeds the whole pool of a task, independent of the requested languages."""
    params = Embed(
        loading=_loading(resolved, task.kind.capability, dtype),
        max_length=pool.candidate_length(task),
        pool=pool.languages(task),
    )
    data = {f"candidates.{code}": DataRef(task.name, code, CANDIDATES) for code in params.pool}
    return Stage(params=params, inputs=(checkpoint,), data=data)


def _loading(resolved: Resolved, capability: str, dtype: str) -> Loading:
    """Return how the model is loaded for a capability."""
    given, declared = resolved.model_params, resolved.model.params
    return Loading(
        adapter=resolved.model.name,
        capability=capability,
        params={name: given[name] for name, param in declared.items() if param.capability in ("", capability)},
        dtype=dtype,
        exact=resolved.request.exact,
    )


def _fingerprints(plan: Plan, registry: Registry) -> Callable[[DataRef], str]:
    known, resolved = plan.fingerprints, plan.resolved

    def fingerprint(ref: DataRef) -> str:
        if ref not in known:
            try:
                task = registry.get("tasks", ref.task)
                known[ref] = resolved.source.fingerprint(task, ref.language, ref.split, resolved.data_options)
            except DataError as error:
                known[ref] = error
        value = known[ref]
        if isinstance(value, DataError):
            raise value
        return value

    return fingerprint


def _with_available_dev(stage: Stage, fingerprint: Callable[[DataRef], str]) -> Stage:
    """Return a stage whose oracle selection uses the available dev splits; unchanged if there are none."""
    if not isinstance(stage.params, Finetune) or stage.params.tuning.selection != ORACLE:
        return stage

    def available(role: str, ref: DataRef) -> bool:
        try:
            return not role.startswith("dev.") or bool(fingerprint(ref))
        except DataError:
            return False

    data = {role: ref for role, ref in stage.data.items() if available(role, ref)}
    return replace(stage, data=data) if any(role.startswith("dev.") for role in data) else stage


class _Jobs:
    """Adds stages to a plan as jobs; the key of equal stages is computed once."""

    def __init__(self, plan: Plan, fingerprint: Callable[[DataRef], str]) -> None:
        self._plan = plan
        self._fingerprint = fingerprint
        self._known: dict[tuple[str | DataRef, ...], list[tuple[Stage, Job]]] = {}

    def add(self, stage: Stage, cell: Cell) -> Job:
        """Return the job of a stage that serves a cell, added to the plan after the stages that it needs."""
        known = self._known.setdefault((stage.kind, *stage.data.values()), [])
        job = next((job for other, job in known if other == stage), None)
        if job is None:
            job = self._job(_with_available_dev(stage, self._fingerprint), cell)
            known.append((stage, job))
        self._serve(job, cell)
        return job

    def _serve(self, job: Job, cell: Cell) -> None:
        """Add a cell to a job and to the jobs that it needs; cells are added one after the other."""
        if job.cells[-1:] != [cell]:
            job.cells.append(cell)
            for key in job.needs:
                self._serve(self._plan.jobs[key], cell)

    def _job(self, stage: Stage, cell: Cell) -> Job:
        plan = self._plan
        made = {role: self.add(ref.made, cell).key for role, ref in stage.data.items() if ref.made}
        needs = (*(self.add(start, cell).key for start in stage.inputs), *made.values())
        data: dict[str, str] = {}
        missing: dict[str, str] = {}
        for role, ref in stage.data.items():
            try:
                data[role] = f"made:{made[role]}" if role in made else self._fingerprint(ref)
            except DataError as error:
                data[role] = f"missing:{ref.task}:{ref.language}:{ref.split}"
                few = isinstance(stage.params, Finetune) and stage.params.shots
                missing[role] = f"{error}{_NO_SHOTS if few else ''}"
        problem = next((plan.jobs[key].problem for key in needs if plan.jobs[key].problem), None)
        if missing and not problem:
            _, *more = dict.fromkeys(stage.data[role].language for role in missing)
            problem = next(iter(missing.values())) + (f"; the same in {', '.join(more)}" if more else "")
        params = stage.params.key()
        if stage.params.keyed_by_request:
            params |= {"dtype": plan.dtype, "limit": plan.resolved.request.limit}
        key = key_of(stage.kind, stage.params.version, params, needs, data)
        job = Job(key=key, stage=stage, needs=needs, data=data, problem=problem, made=made, missing=missing)
        return plan.jobs.setdefault(key, job)
