"""Zero-shot cross-lingual transfer: fine-tune on English, evaluate in every language."""

from __future__ import annotations

from xharness import Recipe, RecipeInput, Stage, pretrained
from xharness_plugins.recipes.phases import LAST, target
from xharness_plugins.recipes.tuning import PARAMS


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(pretrained(wish.model), wish)


ZERO_SHOT = Recipe(
    name="zero-shot",
    summary="fine-tune on the task's English training split, evaluate in every language",
    checkpoint=_checkpoint,
    params={**PARAMS, **LAST},
)
