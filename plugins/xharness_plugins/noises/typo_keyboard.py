"""A key next to the right one is hit."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.keyboards import SOURCE, applies
from xharness_plugins.noises.letters import pick
from xharness_plugins.noises.typing import Typed, mistyped


def _hit(keys: Typed, word: Word, place: int, random: Random) -> Edit | None:
    near = keys.near[keys.keys[place]]
    return keys.edit(word, place, place + 1, near[pick(random, len(near))])


def _edits(text: NoiseText) -> Iterator[Edit]:
    return mistyped(text, _hit)


TYPO_KEYBOARD = Noise(
    name="typo_keyboard",
    summary="a letter of a word, never the first, becomes that of a neighbouring key on the keyboard of the language",
    family="edit",
    edits=_edits,
    applies=applies,
    source=SOURCE,
)
