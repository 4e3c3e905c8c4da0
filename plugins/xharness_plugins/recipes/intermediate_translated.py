"""Intermediate-task training on an English task and its translations, then on the target's English.

Phang et al. 2020, English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, AACL, section 2.2.
Which system and languages the paper used is not known; languages have equal parts.
"""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage, canonical, pretrained
from xharness_plugins.recipes.intermediate import FIRST, source
from xharness_plugins.recipes.translations import ROWS, TRANSLATIONS, published, training_splits
from xharness_plugins.recipes.tuning import PARAMS, given, phase
from xharness_plugins.recipes.zero_shot import HEAD, carry, target, trained


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(_first(wish), wish)


def _first(wish: RecipeInput) -> Stage:
    """Return the stage of the intermediate task, which holds nothing of the target."""
    name = wish.params["intermediate"]
    if not name:
        raise BadRequest("recipe 'intermediate-translated' needs a task to train on first: --param intermediate=mnli")
    task, training = source(wish, name)
    chosen = [canonical(code.strip()) for code in (wish.params["languages"] or "").split(",") if code.strip()]
    if not (chosen or (published(wish) and training.translations)):
        raise BadRequest(
            f"recipe 'intermediate-translated' needs the languages that '{name}' is translated into: "
            "--param languages=sw,de"
        )
    others = dict.fromkeys(code for code in chosen or training.translations if code != training.language)
    languages = (training.language, *others)
    splits = training_splits(wish, task, languages)
    first = given(wish.params, FIRST)
    more = {"train": splits, "exponent": 0.0, "rows": wish.params["rows"]}
    return trained(pretrained(wish.model), task, training, wish, first, languages, **more)


INTERMEDIATE_TRANSLATED = Recipe(
    name="intermediate-translated",
    summary="fine-tune on an English intermediate task and its translations, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="the task to train on first, as mnli or squad_v1"),
        "languages": Param(type=str, help="what it is translated into, as sw,de; by default what is published"),
        "rows": ROWS,
        **TRANSLATIONS,
        **carry(HEAD),
        **PARAMS,
        **phase(FIRST, "in the first phase"),
    },
)
