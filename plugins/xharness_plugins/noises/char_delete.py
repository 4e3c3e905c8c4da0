"""A letter is left out."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import chunked, edited, long_enough, pick


def _delete(text: NoiseText, word: Word, random: Random) -> Edit | None:
    first = 1 + pick(random, len(word.clusters) - 1)
    return word.edit(first, first + 1, "") if word.clusters[first][0].isalpha() else None


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _delete, editable=long_enough)


CHAR_DELETE = Noise(
    name="char_delete",
    summary="a letter of a word with three or more is left out, never the first",
    family="edit",
    edits=_edits,
    applies=chunked,
)
