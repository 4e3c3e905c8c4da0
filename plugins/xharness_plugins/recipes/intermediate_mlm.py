"""Intermediate training on English tasks with masked language modelling of many languages mixed in.

It keeps the model from forgetting the other languages: Phang et al. 2020, English Intermediate-Task Training Improves
Zero-Shot Cross-Lingual Transfer Too, AACL. The paper does not state the share of steps, the texts, or their languages.
"""

from __future__ import annotations

from xharness import BadParameter, BadRequest, CorpusMix, Param, Recipe, RecipeInput, Stage
from xharness_plugins.recipes.intermediate_multi import MIXED, MIXING, mixture, sources
from xharness_plugins.recipes.mlm_continued import TEXTS, corpus_of, languages_of
from xharness_plugins.recipes.phases import carry, target
from xharness_plugins.recipes.tuning import PARAMS, exponent_of


def _checkpoint(wish: RecipeInput) -> Stage:
    tasks = sources(wish)
    if not tasks:
        raise BadRequest("recipe 'intermediate-mlm' needs tasks to train on first; add --param intermediate=mnli")
    texts = _texts(wish)
    if texts.corpus in tasks:
        problem = f"'{texts.corpus.name}' is already used through --param mlm_corpus; leave it out here"
        raise BadParameter.of("intermediate", wish.params["intermediate"], problem)
    return target(mixture(wish, tasks, texts=texts), wish)


def _texts(wish: RecipeInput) -> CorpusMix:
    share, corpus = wish.params["mlm_share"], corpus_of(wish)
    if not 0 < share < 1:
        raise BadParameter.of("mlm_share", share, "must be above 0 and below 1")
    return CorpusMix(
        corpus=corpus,
        languages=languages_of(wish, corpus),
        rows=wish.params["mlm_rows"],
        exponent=exponent_of(wish.params, "mlm_exponent"),
        share=share,
    )


INTERMEDIATE_MLM = Recipe(
    name="intermediate-mlm",
    summary="fine-tune on English tasks mixed with multilingual masked language modelling, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="tasks to train on first, such as mnli or mnli,squad_v1"),
        "mlm_share": Param(
            type=float, default=0.2, help="fraction of the steps of the first phase that train on the corpus"
        ),
        **TEXTS,
        **MIXING,
        **carry(),
        **PARAMS,
        **MIXED,
    },
)
