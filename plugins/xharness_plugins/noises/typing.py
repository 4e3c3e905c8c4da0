"""What the noises share that hit wrong keys: the keys of a word, and the edits that other keys make."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from xharness import Edit, Word
from xharness_plugins.noises import hangul
from xharness_plugins.noises.keyboards import neighbours


@dataclass(frozen=True, slots=True)
class Typed:
    """A word as it is typed: one character a key, and the numbers of the keys that may be hit wrongly.

    The first key is never among them. `near` has for each key those that may be hit instead.
    """

    word: Word
    keys: str
    near: Mapping[str, str]
    places: list[int]
    is_hangul: bool

    def edit(self, first: int, last: int, after: str) -> Edit | None:
        """Return the edit of the word where `after` is typed for the keys from `first` to before `last`.

        None where nothing changes, or where a mark would come to stand without a letter before it.
        """
        keys = self.keys
        if self.is_hangul:
            return _difference(self.word, hangul.written(keys[:first] + after + keys[last:]))
        if keys[first:last] == after or not _is_sound(keys[first - 1] + after + keys[last : last + 1]):
            return None
        start = self.word.start
        return Edit(start + first, start + last, after)


def typed(word: Word, language: str) -> Typed:
    """Return a word as it is typed in a language."""
    keys = hangul.typed(word.text) if language == "ko" else word.text
    near = neighbours(language)
    places = [place for place in range(1, len(keys)) if keys[place] in near]
    if not keys.isascii():
        places = [place for place in places if not _is_marked(keys[place + 1 : place + 2], near)]
    return Typed(word, keys, near, places, language == "ko")


def _is_marked(following: str, near: Mapping[str, str]) -> bool:
    """Return whether a mark follows that has no key of its own: it is typed with its letter."""
    return bool(following) and following not in near and _is_mark(following)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M"


def _is_sound(letters: str) -> bool:
    """Return whether each mark of some letters, but the first, follows a letter or a mark."""
    if letters.isascii():
        return True
    return all(not _is_mark(after) or unicodedata.category(before)[0] in "LM" for before, after in pairwise(letters))


def _difference(word: Word, after: str) -> Edit | None:
    """Return the smallest edit that makes a word another."""
    if word.text == after:
        return None
    first = _common(word.text, after)
    rest, other = word.text[first:], after[first:]
    last = _common(rest[::-1], other[::-1])
    return Edit(word.start + first, word.end - last, other[: len(other) - last])


def _common(one: str, other: str) -> int:
    """Return how many letters two texts share from their start."""
    differing = (place for place, pair in enumerate(zip(one, other)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))
