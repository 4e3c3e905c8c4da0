"""Multi-task training: intermediate tasks and the target's English at once, instead of one after the other."""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage
from xharness_plugins.recipes.intermediate_multi import MIXED, MIXING, mixable, mixture, sources
from xharness_plugins.recipes.zero_shot import needs_training, own


def _checkpoint(wish: RecipeInput) -> Stage:
    tasks = sources(wish)
    if not tasks:
        raise BadRequest("recipe 'multi-task' needs tasks to train on beside the target: --param intermediate=mnli")
    alone = mixture(wish, tasks)
    if not needs_training(alone, wish):
        return alone
    trainer, training = own(wish)
    mixable(trainer)
    if training.first:
        raise BadRequest(f"task '{wish.task.name}' is trained on in two steps, so it cannot be trained beside others")
    others = [task for task in tasks if task.name != trainer.name]
    return mixture(wish, [*others, trainer], head=trainer.name)


MULTI_TASK = Recipe(
    name="multi-task",
    summary="fine-tune on English intermediate tasks and the target's English at once",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="the tasks to train on beside the target, as mnli or mnli,squad_v1"),
        **MIXING,
        **MIXED,
    },
)
