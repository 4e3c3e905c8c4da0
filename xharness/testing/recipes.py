"""Checks of a recipe: pure, with sound stages, and with keys that change with the work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xharness.errors import BadParameter, BadRequest, few, reason_of
from xharness.languages import LANGUAGES
from xharness.model_lookup import find
from xharness.specs.models import LoadOptions, ModelInfo
from xharness.specs.params import Param
from xharness.specs.recipes import Recipe, RecipeInput
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed, warned
from xharness.testing.params import parameters_are_sound
from xharness.ways import ways_of

_LANGUAGES = 2
_TEXTS = ("yes", "no", "2", "3", "0.5", "0.25", "last", "dev", "average")
_ROOT = "pretrained"


@dataclass(frozen=True)
class Made:
    """The stage of a recipe for a task, and what it was asked for."""

    wish: RecipeInput
    stage: Stage


def refuses_clearly(recipe: Recipe, bench: Bench) -> Iterator[Problem]:
    """For each task and language it returns a stage, or raises BadRequest."""
    params = _defaults(recipe)
    for task in bench.registry.all("tasks"):
        try:
            stage: Any = recipe.checkpoint(_wish(recipe, task, task.languages[0], params, bench))
        except BadRequest:
            continue
        except Exception as error:  # noqa: BLE001 - it is the finding
            yield failed(
                f"for task '{task.name}' it raises {type(error).__name__}: {reason_of(error)}; raise BadRequest with "
                "why model and task do not fit"
            )
            return
        if not isinstance(stage, Stage):
            yield failed(f"for task '{task.name}' it returns a {type(stage).__name__}; return a Stage")
            return


def same_wish_same_stages(recipe: Recipe, bench: Bench) -> Iterator[Problem]:
    """It is pure: the same wish gives equal stages, also after other wishes."""
    for made in _made(recipe, bench):
        if recipe.checkpoint(made.wish) != made.stage:
            yield failed(
                f"task '{made.wish.task.name}': the same wish gives other stages later; depend on nothing but the wish"
            )
            return


def stages_are_sound(recipe: Recipe, bench: Bench) -> Iterator[Problem]:
    """Stages start from a checkpoint, read splits of tasks and languages that exist, and have keys that are JSON."""
    for made in _made(recipe, bench):
        for stage in made.stage.walk():
            problem = _stage_problem(stage, bench)
            if problem:
                yield failed(f"task '{made.wish.task.name}', stage {stage.kind}: {problem}")
                return


def _stage_problem(stage: Stage, bench: Bench) -> str | None:
    if not stage.inputs and stage.kind != _ROOT:
        return "it has no inputs; start from `pretrained(wish.model)`"
    for ref in stage.data.values():
        if ref.task not in bench.registry.names("tasks"):
            return f"it reads task '{ref.task}', which does not exist; look tasks up with `wish.find`"
        if ref.language not in LANGUAGES:
            return f"it reads language '{ref.language}', which is not known; use codes of `xharness list languages`"
    try:
        json.dumps(stage.params.key(), allow_nan=False)
    except (TypeError, ValueError) as error:
        return f"its key is not plain JSON ({error}); return numbers, texts, lists and tables from `key`"
    return None


def evaluated_split_is_not_trained_on(recipe: Recipe, bench: Bench) -> Iterator[Problem]:
    """No stage trains on the split that is evaluated."""
    for made in _made(recipe, bench):
        task = made.wish.task
        for ref in made.stage.trained_on:
            if (ref.task, ref.split) == (task.name, task.test_split) and ref.split != "train":
                yield failed(f"task '{task.name}': it trains on the evaluated split '{ref.split}'; train on another")
                return


def keys_are_honest(recipe: Recipe, bench: Bench) -> Iterator[Problem]:
    """What changes the parameters of a stage changes its key, and each parameter of the recipe changes some stage."""
    wishes = [made.wish for made in _each_kind(_made(recipe, bench))]
    models = {name: "owner/model" for name in _open(recipe) if _takes_a_model(recipe, wishes, name)}
    wishes += [replace(wish, params={**wish.params, **models}) for wish in wishes if models]
    before = [_walked(recipe, wish, {}) for wish in wishes]
    stages = [stage for each in before for stage in each]
    for name, param in recipe.params.items():
        used = None
        for value in _alternatives(param):
            try:
                after = [_walked(recipe, wish, {name: value}) for wish in wishes]
            except BadParameter:
                continue
            used = any(new and new != old for old, new in zip(before, after, strict=True))
            if used:
                stages += [stage for each in after for stage in each]
                break
        if used is False:
            yield warned(
                f"parameter {name} changes no stage of any task while the others have their defaults; use it, or "
                "say in its `help` what it depends on"
            )
    yield from _equal_keys(stages)


def _equal_keys(stages: Iterable[Stage]) -> Iterator[Problem]:
    seen: dict[str, Stage] = {}
    for stage in stages:
        data = [(role, ref.task, ref.language, ref.split) for role, ref in sorted(stage.data.items())]
        key = json.dumps([stage.kind, stage.params.key(), data], sort_keys=True, default=str)
        if seen.setdefault(key, stage).params != stage.params:
            yield failed(
                f"two stages of kind {stage.kind} with different parameters have the same key, so that one result "
                "would serve for both; return every field from `key`"
            )
            return


def _walked(recipe: Recipe, wish: RecipeInput, given: Mapping[str, Any]) -> list[Stage]:
    """Return all stages for a wish with other parameters, none if they are refused; raises BadParameter."""
    asked = replace(wish, params={**wish.params, **given})
    try:
        stages = list(recipe.checkpoint(asked).walk())
        inputs = recipe.inputs and recipe.inputs(asked, DataRef(wish.task.name, wish.language, wish.task.test_split))
    except BadParameter:
        raise
    except BadRequest:
        return []
    return [*stages, *(inputs.ref.made.walk() if inputs and inputs.ref.made else ())]


def _each_kind(made: Iterable[Made]) -> list[Made]:
    """Return one task of each kind, in one language."""
    found: dict[str, Made] = {}
    for each in made:
        found.setdefault(each.wish.task.kind.name, each)
    return list(found.values())


def _defaults(recipe: Recipe) -> dict[str, Any]:
    return {name: param.default for name, param in recipe.params.items()}


def _alternatives(param: Param) -> Iterator[Any]:
    """Yield other values of a parameter than its default that its type takes and that can be guessed."""
    yield from (value for text in _TEXTS if (value := _typed(param, text)) not in (None, param.default))


def _open(recipe: Recipe) -> list[str]:
    """Return the parameters that take any text and have no default, such as names of tasks and models."""
    return [name for name, param in recipe.params.items() if not param.default and param.type is str]


def _takes_a_model(recipe: Recipe, wishes: Iterable[RecipeInput], name: str) -> bool:
    """Return whether a parameter takes the id of a model; one that names a task refuses it for some kind of task."""
    try:
        found = [_walked(recipe, wish, {name: "owner/model"}) for wish in wishes if not wish.params[name]]
    except BadParameter:
        return False
    return any(found)


def _typed(param: Param, text: str) -> Any:
    try:
        return param.type(text)
    except (TypeError, ValueError):
        return None


def _wish(recipe: Recipe, task: Task, language: str, params: Mapping[str, Any], bench: Bench) -> RecipeInput:
    registry = bench.registry
    info: ModelInfo = bench.once("info", lambda: find(bench.embedded, registry, LoadOptions())[1])
    return RecipeInput(
        model=info,
        task=task,
        trainer=registry.trainer(task),
        language=language,
        params=params,
        seed=1,
        find=lambda name: registry.get("tasks", name),
        ways=ways_of(task, registry),
        find_model=lambda reference: info,
    )


def _made(recipe: Recipe, bench: Bench) -> list[Made]:
    """Return the stages for every task that the recipe supports, with parameters with which it supports one."""
    found: list[Made] = bench.once(("recipe", recipe.name), lambda: _make(recipe, bench))
    return found


def _make(recipe: Recipe, bench: Bench) -> list[Made]:
    reasons = []
    for given in _guesses(recipe, bench):
        made, refusals = _stages(recipe, _defaults(recipe) | given, bench)
        if made:
            return made
        reasons += refusals
    raise Skip(f"it supports no task with the embedded checkpoint: {few(dict.fromkeys(reasons), 2)}")


def _stages(recipe: Recipe, params: Mapping[str, Any], bench: Bench) -> tuple[list[Made], list[str]]:
    made, refusals = [], []
    for task in (task for task in bench.registry.all("tasks") if task.metric_names):
        for language in task.languages[:_LANGUAGES]:
            wish = _wish(recipe, task, language, params, bench)
            try:
                made.append(Made(wish, recipe.checkpoint(wish)))
            except BadRequest as error:
                refusals.append(str(error))
            except Exception as error:
                raise Skip("it raises an unclear error; see refuses_clearly") from error
    return made, refusals


def _guesses(recipe: Recipe, bench: Bench) -> Iterator[dict[str, Any]]:
    """Yield values of parameters without a default: none, then names of tasks that train themselves, then a model."""
    yield {}
    open_ones = _open(recipe)
    own = [task.name for task in bench.registry.all("tasks") if task.training and task.training.task == task.name]
    for name in open_ones:
        yield from ({name: value} for value in (*own, *(f"{own[0]},{other}" for other in own[1:]), "owner/model"))
    for name in open_ones:
        for other in open_ones:
            yield from ({name: value, other: "owner/model"} for value in own[:_LANGUAGES])


CHECKS = checks(
    "recipes",
    refuses_clearly,
    same_wish_same_stages,
    stages_are_sound,
    evaluated_split_is_not_trained_on,
    keys_are_honest,
    parameters_are_sound,
)
