"""Training on annotated data in the target languages: the reference that transfer is compared with.

Hu et al. 2020, XTREME, ICML: in-language and multi-task in-language models, table 3.
"""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage, TrainingData, pretrained
from xharness_plugins.recipes.phases import languages, needs_training, target_phase, trained
from xharness_plugins.recipes.tuning import PARAMS, exponent_of


def _one(wish: RecipeInput) -> Stage:
    base = pretrained(wish.model)
    if not needs_training(base, wish):
        return base
    known = languages(wish)
    if wish.language not in known:
        raise BadRequest(
            f"task '{wish.task.name}' has no training split in {wish.language}, only in {', '.join(sorted(known))}; "
            "use --recipe zero-shot"
        )
    return trained(base, wish, target_phase(wish), TrainingData(languages=(wish.language,)))


def _all(wish: RecipeInput) -> Stage:
    base = pretrained(wish.model)
    if not needs_training(base, wish):
        return base
    data = TrainingData(languages=languages(wish), exponent=exponent_of(wish.params))
    return trained(base, wish, target_phase(wish), data)


IN_LANGUAGE = Recipe(
    name="in-language",
    summary="fine-tune on the training split of each language, where it has one, evaluate in that language",
    checkpoint=_one,
    params=PARAMS,
)
IN_LANGUAGE_MULTI = Recipe(
    name="in-language-multi",
    summary="fine-tune on the training splits of all languages together, evaluate in every language",
    checkpoint=_all,
    params={
        "exponent": Param(
            type=float,
            default=0.5,
            help="languages of n examples are sampled in proportion to n ** exponent; 1 takes each example once",
        ),
        **PARAMS,
    },
)
