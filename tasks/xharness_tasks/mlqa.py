"""MLQA: questions and paragraphs in the same language, 7 languages."""

from __future__ import annotations

from xharness import SpanQA, Train, hub, local
from xharness.data.squad import read_squad
from xharness_tasks.layouts import TRANSLATIONS, layouts, per_split
from xharness_tasks.mini import made
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
            ),
            *layouts(
                "XTREME translations",
                {"translated-test": ("MLQA/translate-test/mlqa.translate.test.{lang}-en.json",)},
                read_squad,
                folders=TRANSLATIONS,
            ),
        ),
        made("questions", "parallel", "mlqa", train=0),
    ),
    train=Train(task="squad_v1"),
    sizes=SIZES,
    train_size=87_599,
    translated=tuple(code for code in SIZES if code != "en"),
    summary="The answer to a question is a span of a Wikipedia paragraph; XTREME uses the seven same-language pairs.",
    licence="CC BY-SA 3.0",
    citation="Lewis et al. 2020, MLQA: Evaluating Cross-lingual Extractive Question Answering, ACL",
    homepage="https://github.com/facebookresearch/MLQA",
    notes=(
        "Scored with MLQA's own normaliser, which knows each language's articles and splits Chinese into characters. "
        "In Arabic it drops the letters alef and lam wherever they stand, which its pattern did not mean "
        "(mlqa_evaluation_v1.py).",
        "Its punctuation is all that Unicode calls so, which grows with Python's version; here it is that of Unicode "
        "14.",
        "The official script gives back whole words between spaces: F1 of 17 to 19 in zh are published "
        "(google-research/xtreme issue 38, huggingface/transformers issue 3510). Here an answer is the text between "
        "its offsets.",
        "Low scores of XLM come of the wrong word splitting or language ids (facebookresearch/MLQA issue 9).",
        "MLQA's README counts 5,254 Spanish test questions; the data hold 5,253.",
        "Test files that the XTREME download has blanked hold no answers; they can be predicted, not scored.",
        "A question is in four languages on average (MLQA paper): the test sets differ, and the languages do not "
        "compare exactly.",
    ),
)
