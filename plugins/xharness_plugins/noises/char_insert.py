"""A random letter is inserted."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises import casing
from xharness_plugins.noises.alphabets import SOURCE, applies, like
from xharness_plugins.noises.letters import edited, pick


def _insert(text: NoiseText, word: Word, random: Random) -> Edit | None:
    place = 1 + pick(random, len(word.clusters))
    letters = like(word.clusters[place - 1][0], text.language)
    if not letters:
        return None
    letter = letters[pick(random, len(letters))]
    if word.text.isupper():
        letter = casing.capital(letter, text.language)
    return word.edit(place, place, letter)


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _insert)


CHAR_INSERT = Noise(
    name="char_insert",
    summary="a random letter of the alphabet is inserted after a letter of a word",
    family="edit",
    edits=_edits,
    applies=applies,
    source=SOURCE,
)
