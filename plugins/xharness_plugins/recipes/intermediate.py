"""Intermediate-task training: fine-tune on an English task first, then on the target's English.

Phang et al. 2020, English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, AACL.
"""

from __future__ import annotations

from xharness import BadParameter, BadRequest, Param, Recipe, RecipeInput, Stage, Task, Train, pretrained
from xharness_plugins.recipes.tuning import PARAMS, given, phase
from xharness_plugins.recipes.zero_shot import HEAD, carry, target, trained

FIRST = "intermediate_"


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(_first(wish), wish)


def _first(wish: RecipeInput) -> Stage:
    """Return the stage of the intermediate task: it holds nothing of the target, so that all targets share it."""
    name = wish.params["intermediate"]
    if not name:
        raise BadRequest("recipe 'intermediate' needs a task to train on first: --param intermediate=mnli")
    if "," in name:
        raise BadParameter.of("intermediate", name, "one task; several are what --recipe intermediate-multi takes")
    task, training = source(wish, name)
    return trained(pretrained(wish.model), task, training, wish, given(wish.params, FIRST))


def source(wish: RecipeInput, name: str) -> tuple[Task, Train]:
    """Return an intermediate task and its training split; BadParameter where it has none of its own."""
    try:
        task = wish.find(name)
    except BadRequest as error:
        raise BadParameter.of("intermediate", name, str(error)) from None
    if task.training is None or not task.kind.needs_finetuning:
        raise BadParameter.of("intermediate", name, "the task has no training split")
    if task.training.task != task.name:
        raise BadParameter.of("intermediate", name, f"it trains on {task.training.task}; name that one")
    return task, task.training


INTERMEDIATE = Recipe(
    name="intermediate",
    summary="fine-tune on an English intermediate task, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="the task to train on first, as mnli or squad_v1"),
        **carry(HEAD),
        **PARAMS,
        **phase(FIRST, "in the first phase"),
    },
)
