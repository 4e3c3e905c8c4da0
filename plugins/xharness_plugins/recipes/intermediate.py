"""Intermediate-task training: fine-tune on an English task first, then on the target's English.

Phang et al. 2020, English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, AACL.
"""

from __future__ import annotations

from xharness import BadParameter, BadRequest, Param, Recipe, RecipeInput, Stage, pretrained
from xharness_plugins.recipes.phases import HEAD, LAST, Phase, carry, target, trainable, trained
from xharness_plugins.recipes.tuning import PARAMS, given, phase

FIRST = "intermediate_"
LABELS = f"{FIRST}labels"
_OWN, _SHUFFLED = "own", "shuffled"


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(_first(wish), wish)


def _first(wish: RecipeInput) -> Stage:
    """Return the stage of the intermediate task; it does not depend on the target, so that all targets share it."""
    name = wish.params["intermediate"]
    if not name:
        raise BadRequest("recipe 'intermediate' needs a task to train on first; add --param intermediate=mnli")
    if "," in name:
        raise BadParameter.of("intermediate", name, "must be one task; for several, use --recipe intermediate-multi")
    return trained(pretrained(wish.model), wish, intermediate_phase(wish, name))


def intermediate_phase(wish: RecipeInput, name: str) -> Phase:
    """Return the phase of an intermediate task; BadParameter if the task has no training split of its own."""
    try:
        task = wish.find(name)
    except BadRequest as error:
        raise BadParameter.of("intermediate", name, str(error)) from None
    if task.training is None or not trainable(task):
        raise BadParameter.of("intermediate", name, "the task has no training split")
    if task.training.task != task.name:
        raise BadParameter.of("intermediate", name, f"it is trained on {task.training.task}; name that task")
    shuffled = wish.params.get(LABELS) == _SHUFFLED
    return Phase(task=task, training=task.training, params=given(wish.params, FIRST), shuffled=shuffled)


def _labels(text: str) -> str:
    if text not in (_OWN, _SHUFFLED):
        raise ValueError(f"must be {_OWN} or {_SHUFFLED}")
    return text


PLACEBO = {
    LABELS: Param(
        type=_labels,
        default=_OWN,
        help=f"labels of the first phase: {_OWN}, or {_SHUFFLED}: the same steps on the same texts with permuted "
        "labels, as a control condition",
    )
}


INTERMEDIATE = Recipe(
    name="intermediate",
    summary="fine-tune on an English intermediate task, then on the target as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="task to train on first, such as mnli or squad_v1"),
        **carry(HEAD),
        **PARAMS,
        **phase(FIRST, "in the first phase"),
        **PLACEBO,
        **LAST,
    },
)
