"""Continued pre-training: masked language modelling in the target languages, then zero-shot transfer.

The first phase depends on the languages only, so that all target tasks share one adapted encoder.
"""

from __future__ import annotations

from xharness import (
    BadParameter,
    Corpus,
    Param,
    Recipe,
    RecipeInput,
    Stage,
    TrainingData,
    canonical,
    finetune,
    positive,
    pretrained,
)
from xharness_plugins.recipes.phases import carry, target
from xharness_plugins.recipes.tuning import PARAMS, exponent_of, given, phase, tuned

FIRST = "mlm_"
# XTREME's languages: Hu et al. 2020, XTREME, ICML, table 1.
_USUAL = (
    "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tl tr ur vi "
    "yo zh"
).split()
# Held-out texts are measured but select no checkpoint, and there is no accuracy at chance.
_WITHOUT = ("selection", "eval_steps", "reruns")

TEXTS = {
    "mlm_corpus": Param(type=str, default="wikipedia", help="corpus to train on"),
    "mlm_languages": Param(
        type=str, help="languages of the corpus, such as sw,de; by default the languages of XTREME that it has"
    ),
    "mlm_rows": Param(type=positive, default=10_000, help="maximum number of lines of a language"),
    # Conneau et al. 2020, Unsupervised Cross-lingual Representation Learning at Scale, ACL, section 3.1
    "mlm_exponent": Param(
        type=float,
        default=0.3,
        help="languages of n lines are sampled in proportion to n ** mlm_exponent; 1 takes each line once",
    ),
}


def _checkpoint(wish: RecipeInput) -> Stage:
    corpus = corpus_of(wish)
    adapted = finetune(
        pretrained(wish.model),
        corpus,
        tuned(corpus.tuning, given(wish.params, FIRST), wish.model.hidden_size),
        TrainingData(
            languages=languages_of(wish, corpus),
            rows=wish.params["mlm_rows"],
            exponent=exponent_of(wish.params, "mlm_exponent"),
        ),
        seed=wish.seed,
    )
    return target(adapted, wish)


def corpus_of(wish: RecipeInput) -> Corpus:
    """Return the corpus that the user named; BadParameter if the task is not a corpus."""
    name = wish.params["mlm_corpus"]
    corpus = wish.find(name)
    if not isinstance(corpus, Corpus):
        raise BadParameter.of("mlm_corpus", name, f"is a task of kind {corpus.kind.name}, not a corpus")
    return corpus


def languages_of(wish: RecipeInput, corpus: Corpus) -> tuple[str, ...]:
    """Return the languages to train on, sorted; BadParameter if the corpus lacks one of them."""
    value = wish.params["mlm_languages"]
    if value is None:
        codes = {code for code in _USUAL if code in corpus.languages} or set(corpus.languages)
        return tuple(sorted(codes))
    spellings = [spelling.strip() for spelling in value.split(",") if spelling.strip()]
    codes = {spelling if spelling in corpus.languages else canonical(spelling) for spelling in spellings}
    missing = ", ".join(sorted(codes - set(corpus.languages)))
    if missing or not codes:
        known = ", ".join(sorted(corpus.languages))
        raise BadParameter.of("mlm_languages", missing or value, f"'{corpus.name}' has texts in {known}")
    return tuple(sorted(codes))


MLM_CONTINUED = Recipe(
    name="mlm-continued",
    summary="continue pre-training (masked language modelling) in the target languages, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        **TEXTS,
        **phase(FIRST, "masked language modelling", without=_WITHOUT),
        **carry(),
        **PARAMS,
    },
)
