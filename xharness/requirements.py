"""Checks that the adapter supports the stages of a plan; if not, names recipes or adapters that do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xharness.errors import BadRequest
from xharness.registry import Registry
from xharness.request import DEFAULT_RECIPE, Resolved
from xharness.specs.models import Model
from xharness.specs.recipes import RecipeInput
from xharness.specs.stage_params import Finetune
from xharness.specs.stages import Stage
from xharness.ways import trained_in_words

_WORK = {
    "finetune": "fine-tune",
    "multitask": "train several tasks at once",
    "merge": "merge checkpoints",
}
_SHOWN = 3


def lacks(model: Model, checkpoint: Stage, wish: RecipeInput) -> Iterator[str]:
    """Yield a phrase for each thing that an adapter cannot do of the stages of a checkpoint."""
    for stage in checkpoint.walk():
        if not model.can_do(stage.kind):
            yield f"cannot {_WORK.get(stage.kind, stage.kind)}"
        elif isinstance(stage.params, Finetune) and stage.params.lora and not model.lora:
            yield "cannot train low-rank updates"
    for ref in () if trained_in_words(checkpoint) else checkpoint.trained_on:
        kind = wish.find(ref.task).kind
        if kind.capability not in model.capabilities:
            yield f"cannot {kind.capability}, so it cannot be trained on '{ref.task}' ({kind.name})"


def check(resolved: Resolved, wish: RecipeInput, checkpoint: Stage, registry: Registry) -> None:
    """Raise BadRequest if the adapter does not support a stage of a checkpoint; name alternatives."""
    lack = next(lacks(resolved.model, checkpoint, wish), None)
    if lack:
        words = _words_hint(resolved, wish)
        remedy = alternatives(resolved, wish, registry)
        raise BadRequest(f"the adapter '{resolved.model.name}' {lack}; {words}{remedy}")


def _words_hint(resolved: Resolved, wish: RecipeInput) -> str:
    """Return how to train the adapter on a task in words, if it has no head for the task."""
    if not resolved.model.words or resolved.request.way:
        return ""
    able = resolved.model.capabilities
    names = [way.name for way in wish.ways if way.target and way.capability in able]
    return f"train it in words with --way {names[0]}, or " if names else ""


def alternatives(resolved: Resolved, wish: RecipeInput, registry: Registry) -> str:
    """Return a sentence that names recipes for the same adapter, or other adapters, that can evaluate the task."""
    recipes = _serving(resolved.model, wish, registry)
    if recipes:
        return f"use --recipe {DEFAULT_RECIPE if DEFAULT_RECIPE in recipes else _listed(recipes[:_SHOWN])}"
    others = [
        model.name
        for model in registry.all("models")
        if model.name != resolved.model.name
        and not model.warm_start
        and any(way.capability in model.capabilities for way in wish.ways)
        and _serving(model, wish, registry)
    ]
    if others:
        names = _listed(others[:_SHOWN])
        return f"no recipe can evaluate '{wish.task.name}' with it; use a checkpoint of the adapter {names}"
    return f"no recipe or adapter here can evaluate '{wish.task.name}' with this checkpoint"


def _serving(model: Model, wish: RecipeInput, registry: Registry) -> list[str]:
    return [name for name in registry.names("recipes") if _serves(model, name, wish, registry)]


def _serves(model: Model, name: str, wish: RecipeInput, registry: Registry) -> bool:
    """Return whether an adapter supports all stages of a recipe with default parameters."""
    recipe = registry.get("recipes", name)
    usual = replace(wish, params={name: param.default for name, param in recipe.params.items()})
    try:
        return not any(lacks(model, recipe.checkpoint(usual), usual))
    except BadRequest:
        return False


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
