"""LAReQA: retrieval of answer sentences in 11 languages from one multilingual pool."""

from __future__ import annotations

from xharness import PassageRetrieval, Train, local
from xharness.data.passages import read_passages
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.squad import DEV_OVERLAPS
from xharness_tasks.squad_sentences import SQUAD_SENTENCES

LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")

LAREQA = PassageRetrieval(
    name="lareqa",
    languages=LANGUAGES,
    data=(
        local(
            *layouts(
                "XQuAD-R release",
                {
                    "test": tuple(f"xquad-r/{code}.json" for code in LANGUAGES),
                    "candidates": ("xquad-r/{lang}.json",),
                },
                read_passages,
                folders=("lareqa/", ""),
            ),
        ),
        synthetic("passages", "pooled", LANGUAGES, train=0, dev=0, candidates=40),
    ),
    pool_size=13_014,
    train=Train(task="squad_sentences"),
    tuning=SQUAD_SENTENCES.tuning,
    sizes=dict.fromkeys(LANGUAGES, 1190),
    train_size=87_599,
    overlaps=DEV_OVERLAPS,
    parallel=True,
    summary="Retrieve the sentences that answer a question, one per language, from 13,014 sentences in 11 languages.",
    licence="CC BY-SA 4.0",
    citation="Roy et al. 2020, LAReQA: Language-Agnostic Answer Retrieval from a Multilingual Pool, EMNLP",
    homepage="https://github.com/google-research-datasets/lareqa",
    notes=(
        "The hub copy (google-research-datasets/xquad_r) lacks sentence_breaks, which define the candidates; use the "
        "files of the release, xquad-r/*.json.",
        "The official score cuts the ranking at 20, the LAReQA paper does not, so the numbers are not comparable "
        "(google-research/xtreme issue 64).",
        "Training positives are encoded like candidates, the sentence followed directly by its paragraph; the official "
        "training code inserts a separator (google-research/xtreme, third_party/processors/lareqa.py).",
        "There is no official submission format, and the official evaluator does not score the task.",
    ),
)
