"""A character without width is inserted in a word."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import edited, pick

_JOINERS = "\u200c\u200d"
"""The zero-width non-joiner and joiner, which change the shapes of Arabic and Indic letters around them."""
_OTHERS = "\u200b\u2060\u00ad"


@lru_cache(maxsize=1)
def _shaped() -> Any:
    import regex

    scripts = "Arab Deva Beng Guru Gujr Taml Telu Mlym Mymr".split()
    return regex.compile("[" + "".join(rf"\p{{Script={script}}}" for script in scripts) + "]")


def _insert(text: NoiseText, word: Word, random: Random) -> Edit | None:
    parts = word.clusters
    if len(parts) < 2:
        return None
    place = 1 + pick(random, len(parts) - 1)
    around = parts[place - 1] + parts[place]
    joins = not around.isascii() and _shaped().search(around)
    usable = _OTHERS if joins else _JOINERS + _OTHERS
    return word.edit(place, place, usable[pick(random, len(usable))])


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _insert)


INVISIBLE = Noise(
    name="invisible",
    summary="a character without width is inserted in a word, as a zero-width space or a soft hyphen",
    family="encoding",
    edits=_edits,
    controls=_JOINERS + _OTHERS,
    label_risk="none",
)
