"""Evaluate on test data translated into English, with the English checkpoint of zero-shot.

Hu et al. 2020, XTREME, ICML. Answers in English are scored against the translated gold answers.
"""

from __future__ import annotations

from xharness import Recipe, RecipeInput, Stage, pretrained
from xharness_plugins.recipes.phases import target
from xharness_plugins.recipes.translations import TRANSLATIONS, english_inputs
from xharness_plugins.recipes.tuning import PARAMS


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(pretrained(wish.model), wish)


TRANSLATE_TEST = Recipe(
    name="translate-test",
    summary="fine-tune on English as zero-shot does, evaluate on a translation of each language into English",
    checkpoint=_checkpoint,
    inputs=english_inputs,
    params={**TRANSLATIONS, **PARAMS},
)
