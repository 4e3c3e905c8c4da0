"""MLQA: extractive question answering in 7 languages, question and paragraph in the same language."""

from __future__ import annotations

from xharness import SpanQA, Train, hub, local
from xharness.data.squad import read_squad, write_squad
from xharness_tasks.layouts import TRANSLATIONS, layouts, per_split
from xharness_tasks.mini import synthetic
from xharness_tasks.squad import read_hub

SIZES = {"en": 11590, "es": 5253, "de": 4517, "ar": 5335, "hi": 4918, "vi": 5495, "zh": 5137}

MLQA = SpanQA(
    name="mlqa",
    languages=tuple(SIZES),
    metrics=("mlqa", "squad_native"),
    data=(
        hub(
            "facebook/mlqa",
            config="mlqa.{lang}.{lang}",
            # the revision that lighteval and mteb pin
            revision="397ed406c1a7902140303e7faf60fff35b58d285",
            splits={"dev": "validation", "test": "test"},
            read=read_hub,
        ),
        local(
            *layouts(
                "MLQA release or XTREME download",
                per_split(
                    "MLQA_V1/{split}/{split}-context-{lang}-question-{lang}.json",
                    dev="dev",
                    test="test",
                ),
                read_squad,
                folders=("mlqa/", ""),
                write=write_squad,
            ),
            *layouts(
                "XTREME translations",
                {"translated-test": ("MLQA/translate-test/mlqa.translate.test.{lang}-en.json",)},
                read_squad,
                folders=TRANSLATIONS,
            ),
        ),
        synthetic("questions", "parallel", "mlqa", train=0),
    ),
    train=Train(task="squad_v1"),
    sizes=SIZES,
    train_size=87_599,
    translated=tuple(code for code in SIZES if code != "en"),
    summary="Find the answer to a question as a span of a Wikipedia paragraph in the same language.",
    licence="CC BY-SA 3.0",
    citation="Lewis et al. 2020, MLQA: Evaluating Cross-lingual Extractive Question Answering, ACL",
    homepage="https://github.com/facebookresearch/MLQA",
    notes=(
        "The metric uses the normaliser of MLQA, with the articles of each language, and characters as tokens in "
        "Chinese. In Arabic it removes alef-lam anywhere in a word, because of a mistake in its pattern "
        "(mlqa_evaluation_v1.py).",
        "Its punctuation is defined by Unicode categories, which depend on the version of Python; here Unicode 14 is "
        "used.",
        "The official script extends answers to whole words between spaces: F1 of 17 to 19 in zh are published "
        "(google-research/xtreme issue 38, huggingface/transformers issue 3510). Here an answer is the text between "
        "its offsets.",
        "Low scores of XLM come from wrong word splitting or language ids (facebookresearch/MLQA issue 9).",
        "The README of MLQA counts 5,254 Spanish test questions; the data contain 5,253.",
        "Test files of the XTREME download have no answers; they can be predicted but not scored.",
        "A question is available in four languages on average (MLQA paper): test sets differ, and scores of different "
        "languages are not exactly comparable.",
    ),
)
