"""Masked language modelling in the target languages first, then as zero-shot.

The languages alone say what is learnt first, so that one adapted encoder serves all targets.
"""

from __future__ import annotations

from xharness import BadParameter, Corpus, Param, Recipe, RecipeInput, Stage, canonical, finetune, positive, pretrained
from xharness_plugins.recipes.tuning import PARAMS, exponent_of, given, phase, tuned
from xharness_plugins.recipes.zero_shot import carry, target

FIRST = "mlm_"
# XTREME's languages: Hu et al. 2020, XTREME, ICML, table 1.
_USUAL = (
    "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tl tr ur vi "
    "yo zh"
).split()
# What is held out is measured, and selects nothing; no class is guessed.
_WITHOUT = ("selection", "eval_steps", "reruns")

TEXTS = {
    "mlm_corpus": Param(type=str, default="wikipedia", help="the task whose texts are learnt"),
    "mlm_languages": Param(type=str, help="their languages, as sw,de; by default those of XTREME that the corpus has"),
    "mlm_rows": Param(type=positive, default=10_000, help="lines of a language, at most"),
    # Conneau et al. 2020, Unsupervised Cross-lingual Representation Learning at Scale, ACL, section 3.1
    "mlm_exponent": Param(
        type=float,
        default=0.3,
        help="a language of n lines has a part in proportion to n ** mlm_exponent; 1 takes each line once",
    ),
}


def _checkpoint(wish: RecipeInput) -> Stage:
    corpus = corpus_of(wish)
    adapted = finetune(
        pretrained(wish.model),
        corpus,
        tuned(corpus.tuning, given(wish.params, FIRST), wish.model.hidden_size),
        language=languages_of(wish, corpus),
        seed=wish.seed,
        exponent=exponent_of(wish.params, "mlm_exponent"),
        rows=wish.params["mlm_rows"],
    )
    return target(adapted, wish)


def corpus_of(wish: RecipeInput) -> Corpus:
    """Return the corpus that is named; BadParameter where it is none."""
    name = wish.params["mlm_corpus"]
    corpus = wish.find(name)
    if not isinstance(corpus, Corpus):
        raise BadParameter.of("mlm_corpus", name, f"it is of kind {corpus.kind.name}, and no running text")
    return corpus


def languages_of(wish: RecipeInput, corpus: Corpus) -> tuple[str, ...]:
    """Return the languages of the texts, sorted; BadParameter where the corpus has none of them, or lacks one."""
    asked = wish.params["mlm_languages"]
    if asked is None:
        found = {code for code in _USUAL if code in corpus.languages} or set(corpus.languages)
        return tuple(sorted(found))
    spellings = [spelling.strip() for spelling in asked.split(",") if spelling.strip()]
    found = {spelling if spelling in corpus.languages else canonical(spelling) for spelling in spellings}
    lacking = ", ".join(sorted(found - set(corpus.languages)))
    if lacking or not found:
        known = ", ".join(sorted(corpus.languages))
        raise BadParameter.of("mlm_languages", lacking or asked, f"'{corpus.name}' has texts in {known}")
    return tuple(sorted(found))


MLM_CONTINUED = Recipe(
    name="mlm-continued",
    summary="go on with masked language modelling in the target languages, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        **TEXTS,
        **phase(FIRST, "on the texts", without=_WITHOUT),
        **carry(),
        **PARAMS,
    },
)
