"""Tatoeba: bitext retrieval between English and 41 languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import BitextRetrieval, hub, local
from xharness.data.bitext import read_aligned, read_shuffled, sorted_queries
from xharness.data.lines import Row
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

XTREME = tuple(
    (
        "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu"
    ).split()
)
ADDED = ("az", "lt", "pl", "uk", "ro")
LANGUAGES = (*XTREME, *ADDED)
_FEWER = {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return _aligned((row["source_sentence"], row["target_sentence"]) for row in rows)


def _read_mteb(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return _aligned((row["sentence1"], row["sentence2"]) for row in rows)


def _aligned(pairs: Iterable[tuple[str, str]]) -> Iterator[Row]:
    stripped = [(foreign.strip(), english.strip()) for foreign, english in pairs]
    return sorted_queries([english for _, english in stripped], [foreign for foreign, _ in stripped])


_MTEB = hub(
    "mteb/tatoeba-bitext-mining",
    config="{tatoeba}-eng",
    # the revision that mteb pins
    revision="69e8f12da6e31d59addadda9a9c8a2e601a0e282",
    splits={"test": "test"},
    read=_read_mteb,
)


TATOEBA = BitextRetrieval(
    name="tatoeba",
    languages=LANGUAGES,
    data=(
        hub(
            "google/xtreme",
            revision="ec5f1f46e9af79639a90684a7a70a956c4998f04",
            config="tatoeba.{tatoeba}",
            splits={"test": "validation"},
            read=_read_hub,
            instead=dict.fromkeys(ADDED, _MTEB),
        ),
        local(
            *layouts(
                "LASER",
                {"test": ("tatoeba.{tatoeba}-eng.{tatoeba}", "tatoeba.{tatoeba}-eng.eng")},
                read_aligned,
                folders=("tatoeba/v1/", "data/tatoeba/v1/", "tatoeba/"),
            ),
            *layouts("XTREME download", {"test": ("tatoeba/{lang}-en.{lang}", "tatoeba/{lang}-en.en")}, read_shuffled),
        ),
        synthetic("bitext", "translations", train=0, dev=0),
    ),
    sizes=dict.fromkeys(LANGUAGES, 1000) | _FEWER,
    summary="Retrieve the translation of an English sentence from about 1,000 sentences; no training.",
    licence="CC BY 2.0 FR",
    citation="Artetxe and Schwenk 2019, Massively Multilingual Sentence Embeddings for Zero-Shot Cross-Lingual "
    "Transfer and Beyond, TACL",
    homepage="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
    notes=(
        "The scored direction is from English to the other language: the queries are the English sentences, sorted by "
        "code point (utils_preprocess.py and the label files of google-research/xtreme). The reverse direction is "
        "reported too.",
        "Files of the XTREME download are not aligned, so their gold is unknown; LASER files are preferred if both "
        "are present.",
        "The published scores of XLM-R may not be reproducible: layer and checkpoint are not documented "
        "(google-research/xtreme PR 104, issue 97). XTREME uses vectors of the pre-trained checkpoint, XTREME-R those "
        "of a checkpoint fine-tuned on SQuAD.",
        "google/xtreme does not have az, lt, pl, uk and ro, which XTREME-R added; they are read from "
        "mteb/tatoeba-bitext-mining.",
        "The official script writes test_LANG_predictions.txt, but the evaluator reads test-LANG.tsv; rename such "
        "files before scoring.",
        "There is no English test set, so there is no transfer gap.",
    ),
)
