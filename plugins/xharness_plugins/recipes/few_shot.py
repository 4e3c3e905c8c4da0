"""Few-shot transfer: fine-tune on English as zero-shot does, then on a few examples of the evaluated language.

Results depend on which examples are drawn (Zhao et al. 2021, A Closer Look at Few-Shot Crosslingual Transfer, ACL), so
the draw is a parameter, and the indices of the drawn examples are recorded.
"""

from __future__ import annotations

from dataclasses import replace

from xharness import (
    DataRef,
    Param,
    Recipe,
    RecipeInput,
    Shots,
    Stage,
    Start,
    TrainingData,
    finetune,
    positive,
    pretrained,
)
from xharness_plugins.recipes.phases import languages, needs_training, target, target_phase
from xharness_plugins.recipes.tuning import PARAMS, given, phase, tuned

_FEW = "shots_"
_EPOCHS = 20  # our choice: with ten shots an epoch is one step
_WITHOUT = ("selection", "eval_steps", "reruns")  # no dev split of the language is read

DRAWN = {
    "shots": Param(type=positive, default=10, help="number of examples of a language"),
    "draw": Param(type=int, help="random seed that draws the examples; by default the seed of the run"),
}


def _checkpoint(wish: RecipeInput) -> Stage:
    english = target(pretrained(wish.model), wish)
    if not needs_training(english, wish) or wish.language == target_phase(wish).training.language:
        return english
    trainer = target_phase(wish).task
    split = shots_split(wish, wish.language)
    tuning = replace(trainer.tuning, selection="last", epochs=_EPOCHS, warmup_steps=0)
    return finetune(
        english,
        trainer if split.task == trainer.name else wish.task,
        tuned(tuning, given(wish.params, _FEW), wish.model.hidden_size),
        TrainingData(
            languages=(wish.language,),
            shots=Shots(count=wish.params["shots"], draw=draw(wish), split=split.split),
        ),
        seed=wish.seed,
        start=Start(keep_head=True),
    )


def shots_split(wish: RecipeInput, language: str) -> DataRef:
    """Return the split that the examples of a language are drawn from.

    That is its training split, or its dev split if the language has no annotated training split, as is usual.
    """
    if language in languages(wish):
        return DataRef(target_phase(wish).task.name, language, "train")
    return DataRef(wish.task.name, language, "dev")


def draw(wish: RecipeInput) -> int:
    """Return the random seed that draws the examples."""
    chosen: int | None = wish.params["draw"]
    return wish.seed if chosen is None else chosen


FEW_SHOT = Recipe(
    name="few-shot",
    summary="fine-tune as zero-shot does, then on a few examples of the evaluated language",
    checkpoint=_checkpoint,
    params={
        **DRAWN,
        **PARAMS,
        **phase(_FEW, "on the shots", {"epochs": _EPOCHS, "warmup_steps": 0}, without=_WITHOUT),
    },
)
