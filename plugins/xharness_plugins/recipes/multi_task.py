"""Multi-task training: intermediate tasks and the target task at once, instead of one after the other."""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage
from xharness_plugins.recipes.intermediate_multi import MIXED, MIXING, check_mixable, mixture, sources
from xharness_plugins.recipes.phases import needs_training, target_phase


def _checkpoint(wish: RecipeInput) -> Stage:
    tasks = sources(wish)
    if not tasks:
        raise BadRequest(
            "recipe 'multi-task' needs tasks to train on together with the target; add --param intermediate=mnli"
        )
    without_target = mixture(wish, tasks)
    if not needs_training(without_target, wish):
        return without_target
    phase = target_phase(wish)
    check_mixable(phase.task)
    if phase.training.first:
        raise BadRequest(
            f"task '{wish.task.name}' is trained in two steps ('{phase.training.first}' first), so it cannot be mixed "
            "with other tasks; use --recipe intermediate-multi"
        )
    others = [task for task in tasks if task.name != phase.task.name]
    return mixture(wish, [*others, phase.task], head=phase.task.name)


MULTI_TASK = Recipe(
    name="multi-task",
    summary="fine-tune on English intermediate tasks and the target's English training split at once",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(
            type=str, help="tasks to train on together with the target, such as mnli or mnli,squad_v1"
        ),
        **MIXING,
        **MIXED,
    },
)
