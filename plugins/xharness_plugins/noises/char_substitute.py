"""A letter becomes a random one."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises import casing
from xharness_plugins.noises.alphabets import SOURCE, another, applies
from xharness_plugins.noises.letters import edited, pick


def _substitute(text: NoiseText, word: Word, random: Random) -> Edit | None:
    place = pick(random, len(word.clusters))
    before = word.clusters[place][0]
    letter = another(before, text.language, random)
    if letter is None:
        return None
    start = word.edit(place, place, "").start
    return Edit(start, start + 1, casing.capital(letter, text.language) if before.isupper() else letter)


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _substitute)


CHAR_SUBSTITUTE = Noise(
    name="char_substitute",
    summary="a letter of a word becomes a random one of the same script; its marks and its case stay",
    family="edit",
    edits=_edits,
    applies=applies,
    source=SOURCE,
)
