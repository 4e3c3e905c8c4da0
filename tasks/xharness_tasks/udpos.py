"""UDPOS: part-of-speech tagging of Universal Dependencies in 38 languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xharness import Tagging, Train, Tuning, hub, local
from xharness.data.lines import Row
from xharness.data.tagged import tagged_reader, write_tagged
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

XTREME = tuple(
    "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh".split()
)
ADDED = ("lt", "pl", "uk", "wo", "ro")
LANGUAGES = (*XTREME, *ADDED)
_TEST_ONLY = ("th", "tl", "yo")
LABELS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())
_TREEBANKS = per_split("UD_*/{lang}_*-ud-{split}*.conllu", train="train", dev="dev", test="test")
SIZES = {
    "af": 425, "ar": 1680, "bg": 1116, "de": 22358, "el": 456, "en": 5440, "es": 3147, "et": 3760, "eu": 1799,
    "fa": 600, "fi": 4422, "fr": 5009, "he": 491, "hi": 2684, "hu": 449, "id": 1557, "it": 3518, "ja": 2372,
    "kk": 1047, "ko": 4276, "mr": 47, "nl": 1471, "pt": 2681, "ru": 8976, "ta": 120, "te": 146, "th": 1000,
    "tl": 55, "tr": 4785, "ur": 535, "vi": 800, "yo": 100, "zh": 3455,
    "lt": 739, "pl": 4942, "uk": 892, "wo": 470, "ro": 2272,
}  # fmt: skip


def _read_treebanks(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    from xharness.data.conllu import conllu_reader

    return conllu_reader(LABELS)(paths, language, split)


UDPOS = Tagging(
    name="udpos",
    languages=LANGUAGES,
    labels=LABELS,
    data=(
        hub(
            "google/xtreme",
            revision="ec5f1f46e9af79639a90684a7a70a956c4998f04",
            config="udpos.{name}",
            columns={"tokens": "tokens", "tags": "pos_tags"},
            instead=dict.fromkeys(ADDED),
        ),
        local(
            *layouts("UD 2.7", _TREEBANKS, _read_treebanks, folders=("ud-treebanks-v2.7/",), languages=ADDED),
            *layouts("UD 2.5", _TREEBANKS, _read_treebanks, folders=("ud-treebanks-v2.5/",), languages=XTREME),
            *layouts("UD", _TREEBANKS, _read_treebanks, folders=("ud/", "udpos/", "")),
            *layouts(
                "XTREME download",
                per_split("udpos/{split}-{lang}.tsv", train="train", dev="dev", test="test"),
                tagged_reader(LABELS),
                write=write_tagged,
            ),
        ),
        synthetic("tagging", "parts_of_speech"),
    ),
    train=Train(languages=tuple(code for code in LANGUAGES if code not in ("en", *_TEST_ONLY))),
    tuning=Tuning(epochs=10, learning_rate=2e-5, eval_steps=500),
    sizes=SIZES,
    train_size=21_253,
    summary="Tag every word with its universal part of speech; trained on English UD treebanks.",
    licence="by treebank: CC BY, CC BY-SA, CC BY-NC-SA, GPL or LGPL-LR; several are non-commercial",
    citation="Nivre et al. 2018, Universal Dependencies 2.2; XTREME uses release 2.5",
    homepage="https://universaldependencies.org",
    notes=(
        "The official score is the F1 of chunks (runs of equal tags), not accuracy as the table of the paper says: "
        "XLM-R large has 74.2 F1 and 78.2 accuracy (google-research/xtreme issue 56). Token accuracy is reported too.",
        "seqeval 0.0.18 and later differ from the official evaluator, 70.40 instead of 70.22 on its own test data; "
        "xharness implements the old rule.",
        "The hub copy is not the official data: multi-word tokens are split, and treebanks of Ancient Greek, Classical "
        "Chinese, Old French, Old Russian and Swiss German are included, so that el, zh, fr, ru, he and it are not "
        "comparable with published scores (loading script of google/xtreme). The release of UD 2.5 is the official "
        "data.",
        "lt, pl, uk, wo and ro were added by XTREME-R, from UD 2.7; the hub does not have them in the official form. "
        "The official scripts omit wo, the official evaluator requires it (google-research/xtreme, among issues 67, "
        "78, 83, 92, 100).",
        "Treebanks without their words (English ESL, Arabic NYUAD, Japanese BCCWJ, most of French FTB) are skipped, as "
        "officially; otherwise they give empty words (google-research/xtreme issue 30).",
        "The official head has 18 outputs, one for a label O that never occurs; here it has the 17 tags.",
        "The official files concatenate all treebanks of a language in the order of their file names. Before August "
        "2020 the order was different, so that the lines of older private label files do not match.",
        "The official script splits a word at a no-break or ideographic space; here it is one word.",
        "kk, th, tl and yo have no dev split; mr, tl and yo have at most 100 test sentences: check the confidence "
        "intervals.",
        "Low scores of XLM-R in ja, zh and yo are expected (google-research/xtreme issue 84).",
    ),
)
