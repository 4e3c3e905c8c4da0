"""The evaluated examples are translated into English, and the English checkpoint of zero-shot predicts.

Hu et al. 2020, XTREME, ICML. Answers are given in English and scored against the answers in English.
"""

from __future__ import annotations

from xharness import Recipe, RecipeInput, Stage, pretrained
from xharness_plugins.recipes.translations import TRANSLATIONS, english_inputs
from xharness_plugins.recipes.tuning import PARAMS
from xharness_plugins.recipes.zero_shot import target


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(pretrained(wish.model), wish)


TRANSLATE_TEST = Recipe(
    name="translate-test",
    summary="fine-tune on English as zero-shot does, evaluate on a translation of each language into English",
    checkpoint=_checkpoint,
    inputs=english_inputs,
    params={**TRANSLATIONS, **PARAMS},
)
