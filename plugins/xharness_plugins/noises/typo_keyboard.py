"""A key next to the right one is hit."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.keyboards import SOURCE, applies
from xharness_plugins.noises.letters import edited, pick
from xharness_plugins.noises.typing import typed


def _hit(text: NoiseText, word: Word, random: Random) -> Edit | None:
    keys = typed(word, text.language)
    if not keys.places:
        return None
    place = keys.places[pick(random, len(keys.places))]
    near = keys.near[keys.keys[place]]
    return keys.edit(place, place + 1, near[pick(random, len(near))])


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _hit)


TYPO_KEYBOARD = Noise(
    name="typo_keyboard",
    summary="a letter of a word, never the first, becomes that of a neighbouring key on the keyboard of the language",
    family="edit",
    edits=_edits,
    applies=applies,
    source=SOURCE,
)
