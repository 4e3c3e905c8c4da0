"""Sentences of other examples are added to a passage, which draw a reader's attention but answer nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from xharness import Edit, Noise, NoiseText, Param
from xharness_plugins.noises.donors import ranked
from xharness_plugins.noises.user_tables import JOINERS

_PLACES = ("append", "prepend", "random")
_JOINED = ("zh", "ja")


def _edits(text: NoiseText) -> Iterator[Edit]:
    found = list(islice(ranked(text), max(text.settings["sentences"], text.settings["shortest_of"])))
    if text.settings["shortest_of"] > 1:
        found = sorted(found, key=len)
    chosen = found[: text.settings["sentences"]]
    if not chosen or not text.text.strip():
        return
    space = "" if text.language in _JOINED else " "
    added = space.join(chosen)
    if _first(text):
        yield Edit(0, 0, added + space)
    else:
        yield Edit(len(text.text), len(text.text), space + added)


def _first(text: NoiseText) -> bool:
    place = text.settings["position"]
    return place == "prepend" or (place == "random" and text.draws.of("position").random() < 0.5)


def _place(name: str) -> str:
    if name not in _PLACES:
        raise ValueError(f"must be one of {', '.join(_PLACES)}")
    return name


DISTRACTOR = Noise(
    name="distractor",
    summary="sentences of other examples are added to a passage; to a context, those most like the question",
    family="sentence",
    edits=_edits,
    settings={
        1: {"sentences": 1, "shortest_of": 8},
        2: {"sentences": 1, "shortest_of": 4},
        3: {"sentences": 1, "shortest_of": 1},
        4: {"sentences": 2, "shortest_of": 1},
        5: {"sentences": 3, "shortest_of": 1},
    },
    params={"position": Param(type=_place, default="append", help="where they are added: append, prepend or random")},
    words_kept=False,
    adds_sentences=True,
    controls=JOINERS,
    grows=True,
    core=True,
    source="after AddSent (Jia and Liang 2017, Adversarial Examples for Evaluating Reading Comprehension Systems, "
    "EMNLP), with real sentences, which need no rules of a language",
)
