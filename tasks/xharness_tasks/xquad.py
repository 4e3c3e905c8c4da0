"""XQuAD: SQuAD questions translated into 11 languages, and the English originals."""

from __future__ import annotations

from xharness import SpanQA, Train, hub, local
from xharness.data.squad import read_squad, write_squad
from xharness_tasks.layouts import TRANSLATIONS, layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.squad import DEV_OVERLAPS, read_hub

XTREME = ("en", "es", "de", "el", "ru", "tr", "ar", "vi", "th", "zh", "hi")
LANGUAGES = (*XTREME, "ro")

XQUAD = SpanQA(
    name="xquad",
    languages=LANGUAGES,
    data=(
        hub(
            "google/xquad",
            config="xquad.{lang}",
            # the revision that mteb pins
            revision="51adfef1c1287aab1d2d91b5bead9bcfb9c68583",
            splits={"test": "validation"},
            read=read_hub,
        ),
        local(
            *layouts(
                "XQuAD release or XTREME download",
                {"test": ("xquad/xquad.{lang}.json",)},
                read_squad,
                write=write_squad,
            ),
            *layouts(
                "XTREME translations",
                {"translated-test": ("XQuAD/translate-test/xquad.translate.test.{lang}-en.json",)},
                read_squad,
                folders=TRANSLATIONS,
            ),
        ),
        synthetic("questions", "parallel", "xquad", train=0, dev=0),
    ),
    train=Train(task="squad_v1"),
    sizes=dict.fromkeys(LANGUAGES, 1190),
    train_size=87_599,
    overlaps=DEV_OVERLAPS,
    parallel=True,
    translated=tuple(code for code in XTREME if code != "en"),
    summary="Find the answer to a question as a span of a paragraph, both professionally translated from SQuAD.",
    licence="CC BY-SA 4.0",
    citation="Artetxe et al. 2020, On the Cross-lingual Transferability of Monolingual Representations, ACL",
    homepage="https://github.com/google-deepmind/xquad",
    notes=(
        "The hub copy strips paragraphs without adjusting the answer offsets, which are wrong for 100 questions in zh, "
        "26 in ar, 13 in hi and others; answers are located by their text.",
        "The official score splits words at spaces in every language, so that F1 almost equals exact match in zh and "
        "th (google-research/xtreme issue 28, google-deepmind/xquad issue 2); squad_native handles these languages.",
        "The official script extends answers to whole words between spaces, which are clauses in zh and th, and scores "
        "very low there (google-research/xtreme issue 38, huggingface/transformers issue 3510). Here an answer is the "
        "text between its offsets.",
        "If scores in vi, th, hi and el are half of the published ones, the tokenizer lowercases and strips accents "
        "(google-research/xtreme issue 8).",
        "Test files of the XTREME download have no answers; they can be predicted but not scored.",
        "ro was added by XTREME-R. The official download and prediction scripts omit it, the official evaluator "
        "requires it (google-research/xtreme, among issues 67, 78, 83, 92, 100), and google/xtreme does not have it.",
        "The English questions are part of SQuAD v1.1 dev: selecting a checkpoint by SQuAD dev uses them.",
    ),
)
