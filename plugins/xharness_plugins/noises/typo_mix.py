"""Typing errors: a key is missed, hit besides, hit wrongly, or hit too early."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.keyboards import SOURCE, applies
from xharness_plugins.noises.letters import pick
from xharness_plugins.noises.typing import Mistake, Typed, mistyped

_LEAST = 3
"""Keys of a word below which none is missed."""


def _delete(keys: Typed, word: Word, place: int, random: Random) -> Edit | None:
    return keys.edit(word, place, place + 1, "") if len(keys.keys) >= _LEAST else None


def _insert(keys: Typed, word: Word, place: int, random: Random) -> Edit | None:
    """Hit a key twice, or a neighbour after it, as often."""
    more = keys.keys[place] if random.random() < 0.5 else _neighbour(keys, place, random)
    return keys.edit(word, place + 1, place + 1, more)


def _replace(keys: Typed, word: Word, place: int, random: Random) -> Edit | None:
    return keys.edit(word, place, place + 1, _neighbour(keys, place, random))


def _transpose(keys: Typed, word: Word, place: int, random: Random) -> Edit | None:
    """Swap a key with the next one, the last one with that before it."""
    first = place if place + 1 in keys.places else place - 1
    if first not in keys.places:
        return None
    return keys.edit(word, first, first + 2, keys.keys[first + 1] + keys.keys[first])


def _neighbour(keys: Typed, place: int, random: Random) -> str:
    near = keys.near[keys.keys[place]]
    return near[pick(random, len(near))]


_MISTAKES: tuple[tuple[float, Mistake], ...] = (
    (28 / 99, _delete),
    (43 / 99, _insert),
    (71 / 99, _replace),
    (1.0, _transpose),
)
"""The shares of MulTypo (arXiv 2510.09536), summed up: .28, .15, .28 and .28, scaled to 1."""


def _mistake(keys: Typed, word: Word, place: int, random: Random) -> Edit | None:
    drawn = random.random()
    for limit, mistake in _MISTAKES:
        if drawn < limit:
            return mistake(keys, word, place, random)
    return None


def _edits(text: NoiseText) -> Iterator[Edit]:
    return mistyped(text, _mistake)


TYPO_MIX = Noise(
    name="typo_mix",
    summary="typing errors as people make them: keys of a word are missed, doubled, hit wrongly or swapped",
    family="edit",
    edits=_edits,
    applies=applies,
    core=True,
    source=f"{SOURCE}; shares of the errors: MulTypo (Zhao et al. 2026, arXiv 2510.09536)",
)
