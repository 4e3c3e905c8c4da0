"""XCOPA: causal commonsense reasoning in 11 languages."""

from __future__ import annotations

from xharness import MultipleChoice, Overlap, Train, hub, local
from xharness_tasks.copa import ENGLISH_QUESTIONS, NOISE, read, read_hub
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

LANGUAGES = ("et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh")

XCOPA = MultipleChoice(
    name="xcopa",
    languages=LANGUAGES,
    number=2,
    data=(
        hub(
            "cambridgeltl/xcopa",
            config="{lang}",
            # the commit of the Parquet files, which public evaluations of XCOPA pin
            revision="042f78955ba48e6404616762fa6e05e839c3907a",
            configs=dict.fromkeys(("translated-dev", "translated-test"), "translation-{lang}"),
            splits={
                "dev": "validation",
                "test": "test",
                "translated-dev": "validation",
                "translated-test": "test",
            },
            read=read_hub,
        ),
        local(
            *layouts(
                "XCOPA release",
                per_split("data/{lang}/{split}.{lang}.jsonl", dev="val", test="test"),
                read,
                folders=("xcopa/", ""),
            ),
            *layouts(
                "XCOPA release, machine-translated into English",
                per_split(
                    "data-gmt/{lang}/{split}.{lang}.jsonl", **{"translated-dev": "val", "translated-test": "test"}
                ),
                read,
                folders=("xcopa/", ""),
            ),
            *layouts(
                "XTREME-R download, unprocessed",
                per_split("xcopa/{split}.{lang}.jsonl", dev="val", test="test"),
                read,
            ),
            *layouts(
                "XTREME-R download",
                per_split("xcopa/{split}-{lang}.jsonl", dev="val", test="test"),
                read,
            ),
        ),
        synthetic("causes", "alternatives", train=0),
    ),
    train=Train(task="copa", first="siqa"),
    english=ENGLISH_QUESTIONS,
    noise=NOISE,
    sizes=dict.fromkeys(LANGUAGES, 500),
    train_size=400,
    overlaps=tuple(
        Overlap(split=split, task="copa", other=split, what="questions of COPA, which XCOPA translates")
        for split in ("dev", "test")
    ),
    parallel=True,
    translated=tuple(code for code in LANGUAGES if code != "qu"),
    summary="Choose the cause or effect of a sentence from two sentences; trained on English Social IQa, then COPA.",
    licence="CC BY 4.0",
    citation="Ponti et al. 2020, XCOPA: A Multilingual Dataset for Causal Commonsense Reasoning, EMNLP",
    homepage="https://github.com/cambridgeltl/xcopa",
    notes=(
        "The question is in English in every language, as in the official script (run_xcopa.py): PREMISE What was the "
        "cause?",
        "In the release some questions differ from English COPA: every Thai question is `effect`, and 51 of 500 "
        "Turkish, 37 Swahili, 4 Indonesian and 4 Italian test questions differ. They are not corrected.",
        "The XTREME-R scripts overwrite the test labels with 0. A test file whose labels are all 0 is read as "
        "unlabelled: it can be predicted but not scored. The release and the hub have the labels.",
        "There is no English test set; the dev and test sentences are translated from English COPA.",
        "XLM-R was not pre-trained on Haitian Creole and Quechua; in the README of XCOPA it is at chance in them.",
    ),
)
