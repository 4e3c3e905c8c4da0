"""UDPOS: part-of-speech tags of Universal Dependencies in 38 languages."""

from __future__ import annotations

from xharness import Tagging, Train, Tuning, hub, local
from xharness.data.conllu import conllu_reader
from xharness.data.tagged import tagged_reader
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import made

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

UDPOS = Tagging(
    name="udpos",
    languages=LANGUAGES,
    labels=LABELS,
    data=(
        hub(
            "google/xtreme",
            config="udpos.{name}",
            columns={"tokens": "tokens", "tags": "pos_tags"},
            instead=dict.fromkeys(ADDED),
        ),
        local(
            *layouts("UD 2.7", _TREEBANKS, conllu_reader(LABELS), folders=("ud-treebanks-v2.7/",), languages=ADDED),
            *layouts("UD 2.5", _TREEBANKS, conllu_reader(LABELS), folders=("ud-treebanks-v2.5/",), languages=XTREME),
            *layouts("UD", _TREEBANKS, conllu_reader(LABELS), folders=("ud/", "udpos/", "")),
            *layouts(
                "XTREME download",
                per_split("udpos/{split}-{lang}.tsv", train="train", dev="dev", test="test"),
                tagged_reader(LABELS),
            ),
        ),
        made("tagging", "parts_of_speech"),
    ),
    train=Train(languages=tuple(code for code in LANGUAGES if code not in ("en", *_TEST_ONLY))),
    tuning=Tuning(epochs=10, learning_rate=2e-5, eval_steps=500),
    sizes=SIZES,
    train_size=21_253,
    summary="The universal part of speech of every word. Trained on English UD treebanks.",
    licence="by treebank: CC BY, CC BY-SA, CC BY-NC-SA, GPL or LGPL-LR; several are non-commercial",
    citation="Nivre et al. 2018, Universal Dependencies 2.2; XTREME uses release 2.5",
    homepage="https://universaldependencies.org",
    notes=(
        "The official score is the F1 of chunks, runs of equal tags, and not the accuracy that the paper's table "
        "names: XLM-R large has 74.2 F1 and 78.2 accuracy (google-research/xtreme issue 56). Token accuracy is shown "
        "beside.",
        "seqeval from 0.0.18 on gives other numbers than the official evaluator's, 70.40 for 70.22 on its own test "
        "data; the old rule is built in.",
        "The hub copy is not the official data: multi-word tokens are split, and treebanks of Ancient Greek, Classical "
        "Chinese, Old French, Old Russian and Swiss German are mixed in, so el, zh, fr, ru, he and it do not compare "
        "with published scores (loading script of google/xtreme). The release of UD 2.5 gives the official data.",
        "lt, pl, uk, wo and ro, which XTREME-R added, are of UD 2.7 and on no hub in the official form. The official "
        "scripts leave wo out, the official evaluator wants it (google-research/xtreme, among issues 67, 78, 83, 92, "
        "100).",
        "Treebanks whose words are masked (English ESL, Arabic NYUAD, Japanese BCCWJ, nearly all of French FTB) are "
        "dropped, as officially; kept, they give empty words (google-research/xtreme issue 30).",
        "The official head has 18 outputs, one for a label O that never occurs; here it has the 17 tags.",
        "The official files join all treebanks of a language in the order of their file names; before August 2020 the "
        "order was another one, so private label files of then have their lines elsewhere.",
        "The official script cuts a word at a no-break or ideographic space inside it; here it is read whole.",
        "kk, th, tl and yo have no dev split; mr, tl and yo have 100 test sentences or fewer, so mind the intervals.",
        "Low scores of XLM-R on ja, zh and yo are usual (google-research/xtreme issue 84).",
    ),
)
