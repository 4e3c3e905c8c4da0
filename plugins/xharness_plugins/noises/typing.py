"""What the noises share that hit wrong keys: the keys of a word, and the edits that other keys make."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from random import Random

from xharness import Edit, NoiseText, Word
from xharness_plugins.noises import hangul
from xharness_plugins.noises.keyboards import neighbours
from xharness_plugins.noises.letters import edited, pick

Mistake = Callable[["Typed", Word, int, Random], Edit | None]


@dataclass(frozen=True, slots=True)
class Typed:
    """A word as it is typed: one character a key, and the numbers of the keys that may be hit wrongly.

    The first key is never among them. `near` has for each key those that may be hit instead.
    """

    keys: str
    near: Mapping[str, str]
    places: tuple[int, ...]
    is_hangul: bool

    def edit(self, word: Word, first: int, last: int, after: str) -> Edit | None:
        """Return the edit of the word where `after` is typed for the keys from `first` to before `last`.

        None if nothing changes, or where a mark would come to stand without a letter before it.
        """
        keys = self.keys
        if self.is_hangul:
            return _difference(word, hangul.written(keys[:first] + after + keys[last:]))
        if keys[first:last] == after or not _is_sound(keys[first - 1] + after + keys[last : last + 1]):
            return None
        return Edit(word.start + first, word.start + last, after)


@lru_cache(maxsize=1 << 16)
def typed(text: str, language: str) -> Typed:
    """Return a word as it is typed in a language."""
    keys = hangul.typed(text) if language == "ko" else text
    near = neighbours(language)
    places = [place for place in range(1, len(keys)) if keys[place] in near]
    if not keys.isalpha():
        places = [place for place in places if not _is_marked(keys[place + 1 : place + 2], near)]
    return Typed(keys, near, tuple(places), language == "ko")


def mistyped(text: NoiseText, mistake: Mistake) -> Iterator[Edit]:
    """Yield the edits of the selected words of which a key can be hit wrongly.

    `mistake(keys, word, place, random)` draws the edit of a word in which the key of a number is hit wrongly.
    """

    def change(text: NoiseText, word: Word, random: Random) -> Edit | None:
        keys = typed(word.text, text.language)
        return mistake(keys, word, keys.places[pick(random, len(keys.places))], random)

    return edited(text, change, editable=lambda word: bool(typed(word.text, text.language).places))


def _is_marked(following: str, near: Mapping[str, str]) -> bool:
    """Return whether a mark follows that has no key of its own: it is typed with its letter."""
    return bool(following) and following not in near and _is_mark(following)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M"


def _is_sound(letters: str) -> bool:
    """Return whether each mark of some letters, but the first, follows a letter or a mark."""
    if letters.isalpha():
        return True
    return all(not _is_mark(after) or unicodedata.category(before)[0] in "LM" for before, after in pairwise(letters))


def _difference(word: Word, after: str) -> Edit | None:
    """Return the smallest edit that makes a word another."""
    before = word.text
    if before == after:
        return None
    size, other = len(before), len(after)
    shorter, first, kept = min(size, other), 0, 0
    while first < shorter and before[first] == after[first]:
        first += 1
    while kept < shorter - first and before[size - kept - 1] == after[other - kept - 1]:
        kept += 1
    return Edit(word.start + first, word.end - kept, after[first : other - kept])
