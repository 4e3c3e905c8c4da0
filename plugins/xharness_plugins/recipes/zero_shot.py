"""Zero-shot cross-lingual transfer: fine-tune on English, evaluate in every language.

Where a task names another that is trained on first, as Social IQa before COPA, the parameters hold for both steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xharness import (
    BadRequest,
    DataRef,
    Lora,
    Param,
    Recipe,
    Stage,
    Tagging,
    Task,
    Train,
    Tuning,
    Wish,
    finetune,
    pretrained,
)

# The official scripts call xlm-mlm-100-1280 and xlm-roberta-large large; their hidden sizes are 1,280 and 1,024.
_LARGE = 1024

SELECTIONS = ("dev", "last", "average", "oracle")
POOLER, HEAD = "encoder+pooler", "encoder+matching-head"
_CARRIED = ("encoder", POOLER)


def _steps(text: str) -> float:
    """Read a number of steps, or a share of all steps."""
    value = float(text)
    return value if value < 1 else int(text)


PARAMS = {
    "learning_rate": Param(type=float, help="the peak learning rate; by default the task's"),
    "epochs": Param(type=float, help="passes over the training split; by default the task's"),
    "batch_size": Param(type=int, help="examples an optimiser step; by default the task's"),
    "max_length": Param(type=int, help="sub-words that the model reads at once; by default the task's"),
    "warmup_steps": Param(
        type=_steps, help="steps in which the learning rate rises, below 1 a share of all; by default the task's"
    ),
    "weight_decay": Param(type=float, help="weight decay of matrices; by default the task's"),
    "selection": Param(
        type=str,
        help="dev (the best English dev score), last, average (of ten steps), or oracle (the best mean dev score of "
        "the evaluated languages)",
    ),
    "eval_steps": Param(type=int, help="steps between two looks at the dev score; by default the task's"),
    "reruns": Param(type=int, help="how often a training that did not leave chance is begun again, by default never"),
}


def phase(prefix: str, when: str) -> dict[str, Param]:
    """Return the parameters of a phase before or after the usual one, whose names begin with `prefix`."""
    return {f"{prefix}{name}": replace(param, help=f"{when}: {param.help}") for name, param in PARAMS.items()}


def given(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the values of a phase's parameters by the names that they have without its prefix."""
    return {name: params[f"{prefix}{name}"] for name in PARAMS if f"{prefix}{name}" in params}


def _checkpoint(wish: Wish) -> Stage:
    return target(pretrained(wish.model), wish)


def target(start: Stage, wish: Wish) -> Stage:
    """Return the stage that fine-tunes a checkpoint on the task's English; the checkpoint itself where none is needed.

    None is where nothing is trained for the task, or where the checkpoint as given was trained to embed.
    """
    if not needs_training(start, wish):
        return start
    return trained(start, *own(wish), wish, wish.params, carry=_carry(start, wish), oracle=oracle(wish))


def oracle(wish: Wish) -> list[DataRef]:
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


def _carry(start: Stage, wish: Wish) -> str:
    """Return what is carried; a head only where the task before is of the same kind and has the same labels."""
    asked: str = wish.params.get("carry", POOLER)
    if asked != HEAD or start.kind != "finetune":
        return asked
    before, after = wish.find(start.refs("train")[0].task), own(wish)[0]
    heads = [set(getattr(task, "labels", ())) for task in (before, after)]
    open_ended = isinstance(after, Tagging) and not after.labels
    same = before.kind == after.kind and heads[0] == heads[1] and not open_ended and after.kind.capability != "embed"
    return HEAD if same else POOLER


def needs_training(start: Stage, wish: Wish) -> bool:
    """Say whether a checkpoint must be fine-tuned to be evaluated on the task."""
    kind = wish.task.kind
    if wish.trainer is None or wish.task.training is None or not kind.trained:
        return False
    return not (kind.capability == "embed" and wish.model.head == "embed" and start.kind == "pretrained")


def own(wish: Wish) -> tuple[Task, Train]:
    """Return the task whose training split serves, and that split; only for a task that is trained."""
    assert wish.trainer is not None and wish.task.training is not None
    return wish.trainer, wish.task.training


def languages(wish: Wish) -> tuple[str, ...]:
    """Return the languages that have a training split of their own for the task, English first."""
    trainer, training = own(wish)
    return (training.language, *(trainer.training or training).languages)


def trained(
    start: Stage,
    task: Task,
    training: Train,
    wish: Wish,
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


def tuned(tuning: Tuning, params: Mapping[str, Any], hidden_size: int) -> Tuning:
    """Return a task's tuning for a model of a size, with what the user set; BadRequest for values out of range."""
    if tuning.large_learning_rate is not None and hidden_size >= _LARGE:
        tuning = replace(tuning, learning_rate=tuning.large_learning_rate)
    given = {name: params[name] for name in PARAMS if params.get(name) is not None}
    _check(given)
    return replace(tuning, large_learning_rate=None, **given)


def _check(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name == "selection":
            if value not in SELECTIONS:
                raise BadRequest(f"parameter selection={value}: say {', '.join(SELECTIONS)}")
        elif name in ("warmup_steps", "weight_decay", "reruns"):
            if not 0 <= value < math.inf:
                raise BadRequest(f"parameter {name}={value}: must be at least 0")
        elif not 0 < value < math.inf:
            raise BadRequest(f"parameter {name}={value}: must be above 0")


ZERO_SHOT = Recipe(
    name="zero-shot",
    summary="fine-tune on the task's English training split, evaluate in every language",
    checkpoint=_checkpoint,
    params=PARAMS,
)
