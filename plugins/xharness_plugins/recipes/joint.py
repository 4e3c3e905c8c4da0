"""Joint training: the English training split and a few examples of every other language at once.

Schmidt et al. 2022, Don't Stop Fine-Tuning: On Training Regimes for Few-Shot Cross-Lingual Transfer with Multilingual
Language Models, EMNLP: results vary less between seeds than with few-shot.
"""

from __future__ import annotations

from xharness import DataRef, Param, Recipe, RecipeInput, Shots, Stage, TrainingData, pretrained
from xharness_plugins.recipes.few_shot import DRAWN, draw, shots_split
from xharness_plugins.recipes.phases import needs_training, target_phase, trained
from xharness_plugins.recipes.tuning import PARAMS, exponent_of


def _checkpoint(wish: RecipeInput) -> Stage:
    base = pretrained(wish.model)
    if not needs_training(base, wish):
        return base
    phase = target_phase(wish)
    english = DataRef(phase.task.name, phase.training.language, "train")
    others = tuple(code for code in wish.task.languages if code != english.language)
    data = TrainingData(
        languages=(english.language, *others),
        train=(english, *(shots_split(wish, code) for code in others)),
        shots=Shots(count=wish.params["shots"], draw=draw(wish), languages=others),
        exponent=exponent_of(wish.params),
    )
    return trained(base, wish, phase, data)


JOINT = Recipe(
    name="joint",
    summary="fine-tune on the target's English and a few examples of every other language at once",
    checkpoint=_checkpoint,
    params={
        **DRAWN,
        "exponent": Param(
            type=float,
            default=0.5,
            help="languages of n examples are sampled in proportion to n ** exponent; below 1, shots count more",
        ),
        **PARAMS,
    },
)
