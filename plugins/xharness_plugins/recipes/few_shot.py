"""Few shots: fine-tune on English as zero-shot does, then go on with a few examples of the evaluated language.

Which examples are drawn changes results (Zhao et al. 2021, A Closer Look at Few-Shot Crosslingual Transfer, ACL), so a
draw is a parameter and the places drawn are recorded.
"""

from __future__ import annotations

from dataclasses import replace

from xharness import DataRef, Param, Recipe, RecipeInput, Shots, Stage, finetune, positive, pretrained
from xharness_plugins.recipes.tuning import PARAMS, given, phase, tuned
from xharness_plugins.recipes.zero_shot import languages, needs_training, own, target

_FEW = "shots_"
_EPOCHS = 20  # our choice: with ten shots a pass is one step
_WITHOUT = ("selection", "eval_steps", "reruns")  # no dev split of the language is looked at

DRAWN = {
    "shots": Param(type=positive, default=10, help="how many examples of a language"),
    "draw": Param(type=int, help="which of the many ways to draw them; by default the seed"),
}


def _checkpoint(wish: RecipeInput) -> Stage:
    start = target(pretrained(wish.model), wish)
    if not needs_training(start, wish) or wish.language == own(wish)[1].language:
        return start
    trainer, _ = own(wish)
    tuning = replace(trainer.tuning, selection="last", epochs=_EPOCHS, warmup_steps=0)
    few = own_or_dev(wish, wish.language)
    return finetune(
        start,
        trainer if few.task == trainer.name else wish.task,
        tuned(tuning, given(wish.params, _FEW), wish.model.hidden_size),
        language=wish.language,
        seed=wish.seed,
        keep_head=True,
        shots=Shots(count=wish.params["shots"], draw=draw(wish), split=few.split),
    )


def own_or_dev(wish: RecipeInput, language: str) -> DataRef:
    """Return the split that a few examples of a language come from.

    Where people have annotated no training split in the language, that is its dev split, as is usual.
    """
    if language in languages(wish):
        return DataRef(own(wish)[0].name, language, "train")
    return DataRef(wish.task.name, language, "dev")


def draw(wish: RecipeInput) -> int:
    """Return which of the many ways to draw examples is taken."""
    found: int | None = wish.params["draw"]
    return wish.seed if found is None else found


FEW_SHOT = Recipe(
    name="few-shot",
    summary="as zero-shot, then a few examples of the evaluated language, with the same head",
    checkpoint=_checkpoint,
    params={
        **DRAWN,
        **PARAMS,
        **phase(_FEW, "on the shots", {"epochs": _EPOCHS, "warmup_steps": 0}, without=_WITHOUT),
    },
)
