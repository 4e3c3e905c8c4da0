"""Intermediate-task training on an English task and its translations, then on the target's English.

Phang et al. 2020, English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, AACL, section 2.2.
The paper does not state the translation system or the languages. All languages are sampled equally.
"""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage, TrainingData, canonical, pretrained
from xharness_plugins.recipes.intermediate import FIRST, intermediate_phase
from xharness_plugins.recipes.phases import HEAD, carry, target, trained
from xharness_plugins.recipes.translations import ROWS, TRANSLATIONS, published, training_splits
from xharness_plugins.recipes.tuning import PARAMS, phase


def _checkpoint(wish: RecipeInput) -> Stage:
    return target(_first(wish), wish)


def _first(wish: RecipeInput) -> Stage:
    """Return the stage of the intermediate task and its translations; it does not depend on the target."""
    name = wish.params["intermediate"]
    if not name:
        raise BadRequest(
            "recipe 'intermediate-translated' needs a task to train on first; add --param intermediate=mnli"
        )
    intermediate = intermediate_phase(wish, name)
    training = intermediate.training
    chosen = [canonical(code.strip()) for code in (wish.params["languages"] or "").split(",") if code.strip()]
    if not (chosen or (published(wish) and training.translations)):
        raise BadRequest(
            f"recipe 'intermediate-translated' needs the languages to translate '{name}' into; add "
            "--param languages=sw,de"
        )
    others = dict.fromkeys(code for code in chosen or training.translations if code != training.language)
    languages = (training.language, *others)
    splits = training_splits(wish, intermediate.task, languages)
    data = TrainingData(languages=languages, train=splits, rows=wish.params["rows"], exponent=0.0)
    return trained(pretrained(wish.model), wish, intermediate, data)


INTERMEDIATE_TRANSLATED = Recipe(
    name="intermediate-translated",
    summary="fine-tune on an English intermediate task and its translations, then on the target as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="task to train on first, such as mnli or squad_v1"),
        "languages": Param(
            type=str,
            help="languages to translate it into, such as sw,de; by default those of the published translations",
        ),
        "rows": ROWS,
        **TRANSLATIONS,
        **carry(HEAD),
        **PARAMS,
        **phase(FIRST, "in the first phase"),
    },
)
