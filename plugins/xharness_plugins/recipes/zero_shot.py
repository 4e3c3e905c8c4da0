"""Zero-shot cross-lingual transfer: fine-tune on English, evaluate in every language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xharness import BadRequest, Param, Recipe, Stage, Tuning, Wish, finetune, pretrained

# The official scripts call xlm-mlm-100-1280 and xlm-roberta-large large; their hidden sizes are 1,280 and 1,024.
_LARGE = 1024

PARAMS = {
    "learning_rate": Param(type=float, help="the peak learning rate; by default the task's"),
    "epochs": Param(type=float, help="passes over the training split; by default the task's"),
    "batch_size": Param(type=int, help="examples an optimiser step; by default the task's"),
    "max_length": Param(type=int, help="sub-words that the model reads at once; by default the task's"),
    "warmup_steps": Param(type=int, help="steps in which the learning rate rises; by default the task's"),
    "weight_decay": Param(type=float, help="weight decay of matrices; by default the task's"),
    "selection": Param(type=str, help="dev (the best English dev score) or last; by default the task's"),
    "eval_steps": Param(type=int, help="steps between two looks at the dev score; by default the task's"),
}


def _checkpoint(wish: Wish) -> Stage:
    return target(pretrained(wish.model), wish)


def target(start: Stage, wish: Wish) -> Stage:
    """Return the stage that fine-tunes a checkpoint on the task's English; the checkpoint itself for retrieval."""
    if wish.trainer is None or wish.task.training is None or not wish.task.kind.trained:
        return start
    tuning = tuned(wish.trainer.tuning, wish.params, wish.model.hidden_size)
    return finetune(start, wish.trainer, tuning, language=wish.task.training.language, seed=wish.seed)


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
            if value not in ("dev", "last"):
                raise BadRequest(f"parameter selection={value}: say dev or last")
        elif name in ("warmup_steps", "weight_decay"):
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
