"""Words change places with their right neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.ranks import ranked, spaced


def _edits(text: NoiseText) -> Iterator[Edit]:
    pairs = [(one, two) for one, two in pairwise(text.words) if _adjacent(text, one, two)]
    moved: set[int] = set()
    for one, two in ranked(text, pairs):
        if moved.isdisjoint((one.number, two.number)):
            moved |= {one.number, two.number}
            yield one.replaced(two.text)
            yield two.replaced(one.text)


def _adjacent(text: NoiseText, one: Word, two: Word) -> bool:
    """Return whether nothing but free white space is between two different words."""
    return text.text[one.end : two.start].isspace() and text.is_free(one.end, two.start) and one.text != two.text


WORD_ORDER = Noise(
    name="word_order",
    summary="words change places with their right neighbours",
    family="lexical",
    edits=_edits,
    applies=spaced,
    words_kept=False,
    label_risk="high",
)
