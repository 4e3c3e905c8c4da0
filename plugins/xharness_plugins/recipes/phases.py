"""The building blocks of recipes: one phase of training after another, the last of them on the target task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xharness import (
    BadParameter,
    BadRequest,
    DataRef,
    Lora,
    Param,
    RecipeInput,
    Stage,
    Start,
    Tagging,
    Task,
    Train,
    TrainingData,
    finetune,
)
from xharness_plugins.recipes.tuning import tuned

POOLER, HEAD = "encoder+pooler", "encoder+matching-head"
TARGET = "target"
LAST = {
    TARGET: Param(
        type=str,
        help="task to train on last, such as mconala, for targets of its kind that are not fine-tuned otherwise; by "
        "default none",
    )
}
_ENCODER = "encoder"


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of training: the task, its training split, and the values of the phase's parameters.

    `oracle` are the dev splits that select a checkpoint with selection=oracle, none in a phase before the target's.
    With `shuffled` the labels are permuted.
    """

    task: Task
    training: Train
    params: Mapping[str, Any]
    oracle: tuple[DataRef, ...] = ()
    shuffled: bool = False


def target_phase(wish: RecipeInput) -> Phase:
    """Return the last phase, on the target task; only for a task that is trained."""
    assert wish.trainer is not None and wish.task.training is not None
    oracle = tuple(DataRef(wish.task.name, code, "dev") for code in wish.task.languages)
    return Phase(task=wish.trainer, training=wish.task.training, params=wish.params, oracle=oracle)


def target(base: Stage, wish: RecipeInput) -> Stage:
    """Return the stage that fine-tunes a checkpoint on the target's English data, or `base` if none is needed."""
    if needs_training(base, wish):
        return trained(base, wish, target_phase(wish), carry=_carry(base, wish))
    named = named_phase(wish)
    return trained(base, wish, named) if named else base


def named_phase(wish: RecipeInput) -> Phase | None:
    """Return the last phase on the task that the parameter `target` names, None if it does not apply.

    It applies to tasks of the same kind that are not fine-tuned on their own English, as code generation. BadParameter
    if the task has no training split.
    """
    name = wish.params.get(TARGET)
    if not name or wish.task.kind.needs_finetuning:
        return None
    try:
        task = wish.find(name)
    except BadRequest as error:
        raise BadParameter.of(TARGET, name, str(error)) from None
    if task.training is None or not trainable(task):
        raise BadParameter.of(TARGET, name, "the task has no training split")
    return Phase(task=task, training=task.training, params=wish.params) if task.kind == wish.task.kind else None


def trainable(task: Task) -> bool:
    """Return whether a checkpoint can be trained on a task: its kind is fine-tuned, or has texts to train on."""
    return task.kind.needs_finetuning or any(way.target for way in task.kind.ways)


def needs_training(base: Stage, wish: RecipeInput) -> bool:
    """Return whether a checkpoint must be fine-tuned before it is evaluated on the target task.

    It need not if the task has no training data or no head, or if the original checkpoint was trained to embed.
    """
    kind = wish.task.kind
    if wish.trainer is None or wish.task.training is None or not kind.needs_finetuning:
        return False
    return not (kind.capability == "embed" and "embed" in wish.model.ready and base.kind == "pretrained")


def languages(wish: RecipeInput) -> tuple[str, ...]:
    """Return the languages in which the target task has an annotated training split, English first."""
    phase = target_phase(wish)
    return (phase.training.language, *(phase.task.training or phase.training).languages)


def trained(
    base: Stage,
    wish: RecipeInput,
    phase: Phase,
    data: TrainingData | None = None,
    *,
    carry: str = POOLER,
    lora: Lora | None = None,
) -> Stage:
    """Return the stage that trains a phase; by default on the task's training split.

    `carry` names the parts of `base` that are kept. If the task is trained on another one first, as COPA on Social IQa,
    the parameters hold for both steps and the head is kept between them. BadRequest if that task has no training split
    of its own, or another kind.
    """
    start = Start(keep_head=carry == HEAD, fresh_pooler=carry not in (HEAD, POOLER))
    if phase.training.first:
        first, language = _first(wish, phase.task, phase.training.first)
        first_data = TrainingData(languages=(language,), dev=phase.oracle, shuffled=phase.shuffled)
        tuning = tuned(first.tuning, phase.params, wish.model.hidden_size)
        base = finetune(base, first, tuning, first_data, seed=wish.seed, start=start, lora=lora)
        start = Start(keep_head=True)
    data = data or TrainingData(languages=(phase.training.language,))
    data = replace(data, dev=phase.oracle, shuffled=phase.shuffled)
    tuning = tuned(phase.task.tuning, phase.params, wish.model.hidden_size)
    return finetune(base, phase.task, tuning, data, seed=wish.seed, start=start, lora=lora)


def _first(wish: RecipeInput, task: Task, name: str) -> tuple[Task, str]:
    """Return the task `name`, which is trained before `task`, and the language of its training split."""
    first = wish.find(name)
    split = first.training
    if split is None or split.task != first.name or first.kind != task.kind:
        raise BadRequest(
            f"task '{wish.task.name}' is trained on '{first.name}' first, which must be of kind "
            f"{task.kind.name} and have a training split of its own"
        )
    return first, split.language


def carry(*more: str) -> dict[str, Param]:
    """Return the parameter that names what the last phase keeps of the checkpoint before it; `more` are more values."""
    values = (_ENCODER, POOLER, *more)

    def one(text: str) -> str:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return text

    help = f"parts of the first phase's checkpoint that the last phase starts from: {', '.join(values)}"
    return {"carry": Param(type=one, default=POOLER, help=help)}


def _carry(base: Stage, wish: RecipeInput) -> str:
    """Return what is kept; a head only if the task before has the same kind and labels."""
    asked: str = wish.params.get("carry", POOLER)
    after = target_phase(wish).task
    if asked == _ENCODER and after.kind.capability in ("tag", "answer"):
        return POOLER  # these heads do not read the pooler; with equal values the checkpoint is shared
    if asked != HEAD or base.kind != "finetune":
        return asked
    before = wish.find(base.refs("train")[0].task)
    labels = [set(getattr(task, "labels", ())) for task in (before, after)]
    open_ended = isinstance(after, Tagging) and not after.labels
    same = before.kind == after.kind and labels[0] == labels[1] and not open_ended and after.kind.capability != "embed"
    return HEAD if same else POOLER
