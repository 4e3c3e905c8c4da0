"""Make the plan of a resolved request: ask the recipe for the checkpoint of each cell, and enter its predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from xharness import requirements
from xharness.errors import BadRequest, DataError, NotReady
from xharness.job_table import JobTable
from xharness.model_lookup import Found, find
from xharness.noise_inputs import Clean, noised_inputs, replaced_in_core
from xharness.plan import Plan, usual_gold
from xharness.predict_stage import Asked, predict_stage
from xharness.registry import Registry
from xharness.request import Resolved
from xharness.specs.models import ModelInfo
from xharness.specs.places import Cell, Place
from xharness.specs.recipes import Inputs, RecipeInput
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.trained_words import in_words
from xharness.ways import as_asked, choose, ways_of


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
    jobs = JobTable(plan, registry)
    find_model = _finder(plan, registry, models or {})
    for task, languages in resolved.targets:
        for seed in resolved.request.seeds:
            cells = [_cell(resolved, task, code, seed) for code in languages]
            refused: dict[Cell, BadRequest] = {}
            clean: list[Clean] = []
            for cell in cells:
                try:
                    wish = _wish(resolved, registry, task, cell, find_model)
                    inputs = _inputs(resolved, wish, cell)
                    checkpoint = in_words(resolved.recipe.checkpoint(wish), task, resolved, registry)
                    requirements.check(resolved, wish, checkpoint, registry)
                    words = choose(task, cell.place.language, checkpoint, resolved, registry)
                except NotReady as error:
                    refused[cell] = NotReady(f"{error}; {requirements.alternatives(resolved, wish, registry)}")
                    continue
                except BadRequest as error:
                    refused[cell] = error
                    continue
                stage = predict_stage(resolved, Asked(cell, wish, checkpoint, *words, inputs), dtype)
                clean.append(Clean(cell, words[0], stage, inputs))
                _enter(plan, cell, stage, inputs, jobs)
            _enter_noises(plan, task, clean, registry, jobs)
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


def _enter(plan: Plan, cell: Cell, stage: Stage, inputs: Inputs | None, jobs: JobTable) -> None:
    """Add the predictions of a cell, and what they need, to a plan."""
    plan.predictions[cell] = jobs.add(stage, cell).key
    if inputs:
        plan.inputs[cell] = inputs


def _enter_noises(plan: Plan, task: Task, clean: list[Clean], registry: Registry, jobs: JobTable) -> None:
    """Add the cells of every noise that is asked for beside the clean ones; where one does not apply, skip its cell."""
    for setting in plan.resolved.noises:
        noise, key = registry.get("noises", setting.name), setting.key()
        for each in clean:
            place = each.cell.place
            if setting.of_core and replaced_in_core(task, place.language, noise, registry):
                continue
            cell = replace(each.cell, place=replace(place, noise=key))
            try:
                inputs = noised_inputs(plan.resolved, task, each, setting, noise)
            except BadRequest as error:
                plan.skipped[cell] = error.with_traceback(None)  # which would keep the frames in memory
                continue
            data = {"examples": each.stage.data["examples"], "inputs": inputs.ref, **each.stage.data}
            _enter(plan, cell, replace(each.stage, data=data), inputs, jobs)
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
    return RecipeInput(
        model=as_asked(task, resolved, registry),
        task=task,
        trainer=registry.trainer(task),
        language=cell.place.language,
        params=resolved.recipe_params,
        seed=cell.place.seed,
        find=lambda name: registry.get("tasks", name),
        ways=ways_of(task, registry),
        find_model=find_model,
    )


def _inputs(resolved: Resolved, wish: RecipeInput, cell: Cell) -> Inputs | None:
    """Return the inputs that the recipe predicts on instead of the evaluated split; None: the split itself."""
    if resolved.recipe.inputs is None:
        return None
    inputs = resolved.recipe.inputs(wish, DataRef(wish.task.name, wish.language, cell.split))
    return inputs and replace(inputs, gold=inputs.gold or usual_gold(wish.task))
