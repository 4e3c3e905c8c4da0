"""Typing errors: a key is missed, hit besides, hit wrongly, or hit too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.keyboards import SOURCE, applies
from xharness_plugins.noises.letters import edited, pick
from xharness_plugins.noises.typing import Typed, typed

_LEAST = 3
"""Keys of a word below which none is missed."""


def _delete(keys: Typed, place: int, random: Random) -> Edit | None:
    return keys.edit(place, place + 1, "") if len(keys.keys) >= _LEAST else None


def _insert(keys: Typed, place: int, random: Random) -> Edit | None:
    """Hit a key twice, or a neighbour after it, as often."""
    key = keys.keys[place]
    more = key if random.random() < 0.5 else _neighbour(keys, place, random)
    return keys.edit(place + 1, place + 1, more)


def _replace(keys: Typed, place: int, random: Random) -> Edit | None:
    return keys.edit(place, place + 1, _neighbour(keys, place, random))


def _transpose(keys: Typed, place: int, random: Random) -> Edit | None:
    if place + 1 not in keys.places:
        return None
    return keys.edit(place, place + 2, keys.keys[place + 1] + keys.keys[place])


def _neighbour(keys: Typed, place: int, random: Random) -> str:
    near = keys.near[keys.keys[place]]
    return near[pick(random, len(near))]


_CHANGES: tuple[tuple[float, Callable[[Typed, int, Random], Edit | None]], ...] = (
    (28 / 99, _delete),
    (43 / 99, _insert),
    (71 / 99, _replace),
    (1.0, _transpose),
)
"""The shares of MulTypo (arXiv 2510.09536), summed up: .28, .15, .28 and .28, scaled to 1."""


def _mistype(text: NoiseText, word: Word, random: Random) -> Edit | None:
    drawn = random.random()
    keys = typed(word, text.language)
    if not keys.places:
        return None
    place = keys.places[pick(random, len(keys.places))]
    change = next(change for limit, change in _CHANGES if drawn < limit)
    return change(keys, place, random)


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _mistype)


TYPO_MIX = Noise(
    name="typo_mix",
    summary="typing errors as people make them: keys of a word are missed, doubled, hit wrongly or swapped",
    family="edit",
    edits=_edits,
    applies=applies,
    core=True,
    source=f"{SOURCE}; shares of the errors: MulTypo (Zhao et al. 2026, arXiv 2510.09536)",
)
