"""Training on translations of the English training split, into the evaluated language or into all languages.

Conneau et al. 2018, XNLI: Evaluating Cross-lingual Sentence Representations, EMNLP; Hu et al. 2020, XTREME, ICML, whose
translate-train leaves English out.
"""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage, pretrained
from xharness_plugins.recipes.translations import ROWS, TRANSLATIONS, published, training_splits
from xharness_plugins.recipes.tuning import PARAMS
from xharness_plugins.recipes.zero_shot import needs_training, oracle, own, trained


def _one(wish: RecipeInput) -> Stage:
    start = pretrained(wish.model)
    if not needs_training(start, wish):
        return start
    trainer, training = own(wish)
    splits = training_splits(wish, trainer, (wish.language,))
    more = {"train": splits, "rows": wish.params["rows"], "oracle": oracle(wish)}
    return trained(start, trainer, training, wish, wish.params, wish.language, **more)


def _all(wish: RecipeInput) -> Stage:
    start = pretrained(wish.model)
    if not needs_training(start, wish):
        return start
    trainer, training = own(wish)
    known = (trainer.training or training).translations if published(wish) else wish.task.languages
    if published(wish):  # the evaluated language must be among those that are learnt
        training_splits(wish, trainer, (wish.language,))
    languages = tuple(code for code in known if code != training.language)
    if wish.params["include_source"]:
        languages = (training.language, *languages)
    elif (wish.params["selection"] or trainer.tuning.selection) == "dev":
        raise BadRequest("include_source=false leaves out English, whose dev split selects: add --param selection=last")
    splits = training_splits(wish, trainer, languages)
    more = {"train": splits, "rows": wish.params["rows"], "oracle": oracle(wish)}
    return trained(start, trainer, training, wish, wish.params, languages, **more)


def truth(text: str) -> bool:
    """Return a yes or no that is given as text; ValueError for anything else."""
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in known:
        raise ValueError("say true or false")
    return known[text.lower()]


TRANSLATE_TRAIN = Recipe(
    name="translate-train",
    summary="fine-tune on a translation of the English training split into each language, evaluate in that language",
    checkpoint=_one,
    params={"rows": ROWS, **TRANSLATIONS, **PARAMS},
)
TRANSLATE_TRAIN_ALL = Recipe(
    name="translate-train-all",
    summary="fine-tune on the English training split and its translations together, evaluate in every language",
    checkpoint=_all,
    params={
        "include_source": Param(type=truth, default=True, help="whether English itself is trained on too"),
        "rows": ROWS,
        **TRANSLATIONS,
        **PARAMS,
    },
)
