"""BUCC 2018: bitext mining from comparable corpora, English and 4 languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import BitextMining, hub, local
from xharness.data.lines import Row
from xharness.data.mining import read_pools
from xharness_tasks.layouts import Files, layouts, per_split
from xharness_tasks.mini import synthetic

SIZES = {"de": 9580, "fr": 9086, "ru": 14435, "zh": 1899}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the pools of a row with both as lists, with the ids of the shared task.

    `gold` is a list of pairs of positions, from 1, which are the numbers in those ids.
    """
    for row in rows:
        gold: dict[int, list[str]] = {}
        for source, target in row["gold"]:
            gold.setdefault(source, []).append(f"en-{target:09d}")
        for number, text in enumerate(row["sentence1"], 1):
            ids = gold.get(number, [])
            yield {"side": "source", "id": f"{language}-{number:09d}", "text": text.strip(), "gold": ids}
        for number, text in enumerate(row["sentence2"], 1):
            yield {"side": "target", "id": f"en-{number:09d}", "text": text.strip(), "gold": []}


def _pools(prefix: str, dev: str, test: str, *, gold: bool) -> Files:
    endings = ("{lang}", "en", "gold") if gold else ("{lang}", "en")
    return per_split(*(f"{prefix}{{lang}}-en.{{split}}.{ending}" for ending in endings), dev=dev, test=test)


BUCC2018 = BitextMining(
    name="bucc2018",
    languages=tuple(SIZES),
    data=(
        hub(
            "mteb/BUCC",
            config="{lang}-en",
            # the revision that mteb pins
            revision="39f20d5ac4a82e59dbcecaabdd599b82cbefa666",
            splits={"test": "test"},
            read=_read_hub,
        ),
        local(
            *layouts(
                "BUCC release",
                _pools("", dev="sample", test="training", gold=True),
                read_pools,
                folders=("bucc2018/{lang}-en/", "bucc2018/"),
            ),
            *layouts("XTREME download", _pools("bucc2018/", dev="dev", test="test", gold=True), read_pools),
            *layouts("XTREME download", _pools("bucc2018/", dev="dev", test="test", gold=False), read_pools),
        ),
        synthetic("bitext", "pools", train=0, dev=100, test=100),
    ),
    sizes=SIZES,
    summary="Find the sentences of two large pools that are translations of each other; no training.",
    licence="not stated; texts from Wikipedia (CC BY-SA 3.0) and News Commentary",
    citation="Zweigenbaum et al. 2018, Overview of the Third BUCC Shared Task: Spotting Parallel Sentences in "
    "Comparable Corpora, BUCC",
    homepage="https://comparable.limsi.fr/bucc2018/bucc2018-task.html",
    notes=(
        "XTREME's test set is the training set of the shared task, its dev set the sample set. Sizes are numbers of "
        "gold pairs; the pools are much larger.",
        "The threshold is tuned on the dev split. The hub copy has no dev split; use the files of the release.",
        "google/xtreme bucc18 and mteb/bucc-bitext-mining contain only the gold pairs, without distractors: a much "
        "easier task, whose score is not comparable with BUCC.",
        "The XTREME download deletes the test gold; its files can be mined but not scored.",
        "The official script fails or writes nothing: it expects the deleted gold at a wrong path "
        "(google-research/xtreme issues 60, 69), and uses the dev candidates for test.",
        "It requests the vector of the first token, which had no effect until October 2021 (commit 287a7b7): published "
        "scores use mean pooling (google-research/xtreme issue 72, PR 104).",
        "Sentences that occur more than once in their pool are never mined, as officially.",
        "There is no English test set, so there is no transfer gap.",
    ),
)
