"""Few shots: fine-tune on English as zero-shot does, then go on with a few examples of the evaluated language.

Which examples are drawn changes results (Zhao et al. 2021, A Closer Look at Few-Shot Crosslingual Transfer, ACL), so a
draw is a parameter and the places drawn are recorded.
"""

from __future__ import annotations

from dataclasses import replace

from xharness import Param, Recipe, Shots, Stage, Wish, finetune, positive, pretrained
from xharness_plugins.recipes.zero_shot import PARAMS, given, languages, needs_training, own, phase, target, tuned

_FEW = "shots_"
_EPOCHS = 20  # our choice: with ten shots a pass is one step
_NO_DEV = {f"{_FEW}selection", f"{_FEW}eval_steps"}  # no dev split of the language is looked at


def _checkpoint(wish: Wish) -> Stage:
    start = target(pretrained(wish.model), wish)
    if not needs_training(start, wish) or wish.language == own(wish)[1].language:
        return start
    trainer, _ = own(wish)
    tuning = replace(trainer.tuning, selection="last", epochs=_EPOCHS, warmup_steps=0)
    # Where people have annotated no training split in the language, the few come from its dev split, as is usual.
    has_own = wish.language in languages(wish)
    return finetune(
        start,
        trainer if has_own else wish.task,
        tuned(tuning, given(wish.params, _FEW), wish.model.hidden_size),
        language=wish.language,
        seed=wish.seed,
        keep_head=True,
        shots=Shots(
            count=wish.params["shots"],
            draw=wish.seed if wish.params["draw"] is None else wish.params["draw"],
            split="train" if has_own else "dev",
        ),
    )


FEW_SHOT = Recipe(
    name="few-shot",
    summary="as zero-shot, then a few examples of the evaluated language, with the same head",
    checkpoint=_checkpoint,
    params={
        "shots": Param(type=positive, default=10, help="how many examples of the evaluated language"),
        "draw": Param(type=int, help="which of the many ways to draw them; by default the seed"),
        **PARAMS,
        **{name: param for name, param in phase(_FEW, "on the shots").items() if name not in _NO_DEV},
    },
)
