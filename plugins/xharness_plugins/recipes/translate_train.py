"""Training on translations of the English training split, into the evaluated language or into all languages.

Conneau et al. 2018, XNLI: Evaluating Cross-lingual Sentence Representations, EMNLP; Hu et al. 2020, XTREME, ICML, whose
translate-train leaves English out.
"""

from __future__ import annotations

from xharness import BadRequest, Param, Recipe, RecipeInput, Stage, TrainingData, pretrained
from xharness_plugins.recipes.phases import needs_training, target_phase, trained
from xharness_plugins.recipes.translations import ROWS, TRANSLATIONS, published, training_splits
from xharness_plugins.recipes.tuning import PARAMS


def _one(wish: RecipeInput) -> Stage:
    base = pretrained(wish.model)
    if not needs_training(base, wish):
        return base
    return _on_splits(base, wish, (wish.language,))


def _all(wish: RecipeInput) -> Stage:
    base = pretrained(wish.model)
    if not needs_training(base, wish):
        return base
    phase = target_phase(wish)
    trainer, training = phase.task, phase.training
    known = (trainer.training or training).translations if published(wish) else wish.task.languages
    if published(wish):  # the evaluated language must be one of the training languages
        training_splits(wish, trainer, (wish.language,))
    languages = tuple(code for code in known if code != training.language)
    if wish.params["include_source"]:
        languages = (training.language, *languages)
    elif (wish.params["selection"] or trainer.tuning.selection) == "dev":
        raise BadRequest(
            "include_source=false leaves out English, and selection=dev needs its dev split; add --param selection=last"
        )
    return _on_splits(base, wish, languages or (training.language,))  # English, if nothing else is left


def _on_splits(base: Stage, wish: RecipeInput, languages: tuple[str, ...]) -> Stage:
    """Return the stage that trains on the English training split, or its translation, in each language."""
    phase = target_phase(wish)
    splits = training_splits(wish, phase.task, languages)
    return trained(base, wish, phase, TrainingData(languages=languages, train=splits, rows=wish.params["rows"]))


def truth(text: str) -> bool:
    """Read true or false, as the type of a parameter; ValueError for any other text."""
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in known:
        raise ValueError("must be true or false")
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
        "include_source": Param(type=truth, default=True, help="also train on the English training split"),
        "rows": ROWS,
        **TRANSLATIONS,
        **PARAMS,
    },
)
