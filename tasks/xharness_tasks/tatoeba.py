"""Tatoeba: finding the translation of English sentences in 36 languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import BitextRetrieval, hub, local
from xharness.data.bitext import read_aligned, read_shuffled, sorted_queries
from xharness.data.lines import Row
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import made

LANGUAGES = tuple(
    (
        "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu"
    ).split()
)
_FEWER = {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    pairs = [(row["target_sentence"].strip(), row["source_sentence"].strip()) for row in rows]
    return sorted_queries([english for english, _ in pairs], [foreign for _, foreign in pairs])


TATOEBA = BitextRetrieval(
    name="tatoeba",
    languages=LANGUAGES,
    data=(
        hub("google/xtreme", config="tatoeba.{iso3}", splits={"test": "validation"}, read=_read_hub),
        local(
            *layouts(
                "LASER",
                {"test": ("tatoeba.{iso3}-eng.{iso3}", "tatoeba.{iso3}-eng.eng")},
                read_aligned,
                folders=("tatoeba/v1/", "data/tatoeba/v1/", "tatoeba/"),
            ),
            *layouts("XTREME download", {"test": ("tatoeba/{lang}-en.{lang}", "tatoeba/{lang}-en.en")}, read_shuffled),
        ),
        made("bitext", "translations", train=0, dev=0),
    ),
    sizes=dict.fromkeys(LANGUAGES, 1000) | _FEWER,
    summary="Which of about 1,000 sentences translates an English one? Nothing is trained.",
    licence="CC BY 2.0 FR",
    citation="Artetxe and Schwenk 2019, Massively Multilingual Sentence Embeddings for Zero-Shot Cross-Lingual "
    "Transfer and Beyond, TACL",
    homepage="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
    notes=(
        "The scored direction is from English to the other language: the English sentences, sorted by code point, are "
        "the queries. The other direction is shown beside.",
        "The files that the XTREME download leaves are not aligned, so their gold lines are unknown; those of LASER "
        "are preferred where both are present.",
    ),
)
