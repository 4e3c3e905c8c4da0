"""Two neighbouring letters change places in memory, and control characters show them as before."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from random import Random

from xharness import LANGUAGES, Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import edited, pick
from xharness_plugins.noises.spans import name_of

_RIGHT_TO_LEFT, _END = "\u202e", "\u202c"
"""Right-to-left override, and the end of it."""


def _swap(text: NoiseText, word: Word, random: Random) -> Edit | None:
    parts = word.clusters
    if len(parts) < 2:
        return None
    first = pick(random, len(parts) - 1)
    one, two = parts[first : first + 2]
    if one == two or not (_is_left_to_right(one) and _is_left_to_right(two)):
        return None
    return word.edit(first, first + 2, f"{_RIGHT_TO_LEFT}{two}{one}{_END}")


def _is_left_to_right(cluster: str) -> bool:
    return unicodedata.bidirectional(cluster[0]) == "L"


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _swap)


def _applies(language: str) -> str | None:
    if language in LANGUAGES and LANGUAGES[language].direction == "rtl":
        return f"{name_of(language)} is written from right to left"
    return None


BIDI_CONTROL = Noise(
    name="bidi_control",
    summary="two neighbouring letters change places, within direction controls that show them in the old order",
    family="encoding",
    edits=_edits,
    applies=_applies,
    controls=_RIGHT_TO_LEFT + _END,
    by_name_only=True,
    label_risk="none",
)
