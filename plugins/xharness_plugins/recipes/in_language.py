"""Training on the target languages themselves, where people have annotated them: what transfer is measured against.

Hu et al. 2020, XTREME, ICML: in-language and multi-task in-language models, table 3.
"""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage, pretrained
from xharness_plugins.recipes.tuning import PARAMS, exponent_of
from xharness_plugins.recipes.zero_shot import languages, needs_training, oracle, own, trained


def _one(wish: RecipeInput) -> Stage:
    start = pretrained(wish.model)
    if not needs_training(start, wish):
        return start
    known = languages(wish)
    if wish.language not in known:
        raise BadRequest(
            f"task '{wish.task.name}' has no training split of its own in {wish.language}, but in "
            f"{', '.join(sorted(known))}; use --recipe zero-shot"
        )
    return trained(start, *own(wish), wish, wish.params, wish.language, oracle=oracle(wish))


def _all(wish: RecipeInput) -> Stage:
    start = pretrained(wish.model)
    if not needs_training(start, wish):
        return start
    return trained(
        start, *own(wish), wish, wish.params, languages(wish), exponent=exponent_of(wish.params), oracle=oracle(wish)
    )


IN_LANGUAGE = Recipe(
    name="in-language",
    summary="fine-tune on the training split of each language that has its own, evaluate in that language",
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
            help="a language of n examples has a part in proportion to n ** exponent; 1 takes each example once",
        ),
        **PARAMS,
    },
)
