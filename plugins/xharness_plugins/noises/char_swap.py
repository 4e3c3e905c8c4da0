"""Two neighbouring letters change places."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import chunked, edited, long_enough, pick


def _swap(text: NoiseText, word: Word, random: Random) -> Edit | None:
    parts = word.clusters
    first = 1 + pick(random, len(parts) - 2)
    one, two = parts[first : first + 2]
    return word.edit(first, first + 2, two + one) if one != two and one[0].isalpha() and two[0].isalpha() else None


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _swap, editable=long_enough)


CHAR_SWAP = Noise(
    name="char_swap",
    summary="two neighbouring letters of a word change places, never the first",
    family="edit",
    edits=_edits,
    applies=chunked,
    core=True,
)
