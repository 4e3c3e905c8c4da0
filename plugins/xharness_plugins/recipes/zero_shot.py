"""Zero-shot cross-lingual transfer: fine-tune on English, evaluate in every language.

Where a task names another that is trained on first, as Social IQa before COPA, the parameters hold for both steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness import (
    BadRequest,
    DataRef,
    Lora,
    Param,
    Recipe,
    RecipeInput,
    Stage,
    Tagging,
    Task,
    Train,
    finetune,
    pretrained,
)
from xharness_plugins.recipes.tuning import PARAMS, tuned

POOLER, HEAD = "encoder+pooler", "encoder+matching-head"
_CARRIED = ("encoder", POOLER)


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(pretrained(wish.model), wish)


def target(start: Stage, wish: RecipeInput) -> Stage:
    """Return the stage that fine-tunes a checkpoint on the task's English; the checkpoint itself where none is needed.

    None is where nothing is trained for the task, or where the checkpoint as given was trained to embed.
    """
    if not needs_training(start, wish):
        return start
    return trained(start, *own(wish), wish, wish.params, carry=_carry(start, wish), oracle=oracle(wish))


def oracle(wish: RecipeInput) -> list[DataRef]:
    """Return the dev splits that an oracle looks at: the task's, in all its languages."""
    return [DataRef(wish.task.name, code, "dev") for code in wish.task.languages]


def carry(*more: str) -> dict[str, Param]:
    """Return the parameter that says what goes from one phase to the next, and `more` values that it may have."""
    values = (*_CARRIED, *more)

    def one(text: str) -> str:
        if text not in values:
            raise ValueError(f"say {', '.join(values)}")
        return text

    return {"carry": Param(type=one, default=POOLER, help=f"what the next phase starts with: {', '.join(values)}")}


def _carry(start: Stage, wish: RecipeInput) -> str:
    """Return what is carried; a head only where the task before is of the same kind and has the same labels."""
    asked: str = wish.params.get("carry", POOLER)
    after = own(wish)[0]
    if asked == _CARRIED[0] and after.kind.capability in ("tag", "answer"):
        return POOLER  # whose heads read no pooler, so that it is all the same
    if asked != HEAD or start.kind != "finetune":
        return asked
    before = wish.find(start.refs("train")[0].task)
    heads = [set(getattr(task, "labels", ())) for task in (before, after)]
    open_ended = isinstance(after, Tagging) and not after.labels
    same = before.kind == after.kind and heads[0] == heads[1] and not open_ended and after.kind.capability != "embed"
    return HEAD if same else POOLER


def needs_training(start: Stage, wish: RecipeInput) -> bool:
    """Say whether a checkpoint must be fine-tuned to be evaluated on the task."""
    kind = wish.task.kind
    if wish.trainer is None or wish.task.training is None or not kind.needs_finetuning:
        return False
    return not (kind.capability == "embed" and "embed" in wish.model.ready and start.kind == "pretrained")


def own(wish: RecipeInput) -> tuple[Task, Train]:
    """Return the task whose training split serves, and that split; only for a task that is trained."""
    assert wish.trainer is not None and wish.task.training is not None
    return wish.trainer, wish.task.training


def languages(wish: RecipeInput) -> tuple[str, ...]:
    """Return the languages that have a training split of their own for the task, English first."""
    trainer, training = own(wish)
    return (training.language, *(trainer.training or training).languages)


def trained(  # noqa: PLR0913 - the choices of all recipes that end in a target
    start: Stage,
    task: Task,
    training: Train,
    wish: RecipeInput,
    params: Mapping[str, Any],
    language: str | tuple[str, ...] | None = None,
    lora: Lora | None = None,
    carry: str = POOLER,
    oracle: Sequence[DataRef] = (),
    **more: Any,
) -> Stage:
    """Return the stage that fine-tunes a checkpoint on a task, with the head of the task before it if there is one.

    `language` is another than the training split's, or several; `more` are arguments of `finetune` for the task itself.
    With `lora` low-rank updates are trained; `carry` is what the first training starts with, `oracle` what an oracle
    looks at. BadRequest where the one before has no training split of its own, or is of another kind.
    """
    hidden = wish.model.hidden_size
    common: dict[str, Any] = {"seed": wish.seed, "lora": lora, "dev": oracle}
    begun: dict[str, Any] = {"keep_head": carry == HEAD, "fresh_pooler": carry not in (HEAD, POOLER)}
    if training.first:
        first = wish.find(training.first)
        split = first.training
        if split is None or split.task != first.name or first.kind != task.kind:
            raise BadRequest(
                f"task '{wish.task.name}' is trained on '{first.name}' first, which must be of kind {task.kind.name} "
                "and have a training split of its own"
            )
        first_tuning = tuned(first.tuning, params, hidden)
        start = finetune(start, first, first_tuning, language=split.language, **common, **begun)
        begun = {"keep_head": True}
    tuning = tuned(task.tuning, params, hidden)
    return finetune(start, task, tuning, language=language or training.language, **common, **begun, **more)


ZERO_SHOT = Recipe(
    name="zero-shot",
    summary="fine-tune on the task's English training split, evaluate in every language",
    checkpoint=_checkpoint,
    params=PARAMS,
)
