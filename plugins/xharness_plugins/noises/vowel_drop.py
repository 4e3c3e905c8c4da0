"""A vowel sign of a word is deleted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import edited, pick
from xharness_plugins.noises.spans import name_of, script_of

_SCRIPTS = "Beng Gujr Deva Mlym Guru Taml Telu Thai Mymr Arab Hebr".split()


@lru_cache(maxsize=1)
def _pattern() -> Any:
    """Return the pattern of dependent vowel signs, and of the points of Arabic and Hebrew; a virama is neither."""
    import regex

    return regex.compile(r"[\p{InSC=Vowel_Dependent}\u064B-\u0652\u0670\u05B0-\u05BC\u05C1\u05C2\u05C7]")


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


@lru_cache(maxsize=1 << 16)
def _signs(word: str) -> tuple[int, ...]:
    """Return where the vowel signs of a word are; a Thai vowel letter that carries a mark stays."""
    if word.isascii():
        return ()
    places = (match.start() for match in _pattern().finditer(word))
    return tuple(place for place in places if _is_mark(word[place]) or not _is_mark(word[place + 1 : place + 2] or " "))


def _delete(text: NoiseText, word: Word, random: Random) -> Edit | None:
    signs = _signs(word.text)
    place = word.start + signs[pick(random, len(signs))]
    return Edit(place, place + 1, "")


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _delete, editable=lambda word: bool(_signs(word.text)))


def _applies(language: str) -> str | None:
    if script_of(language) in _SCRIPTS:
        return None
    return f"the script of {name_of(language)} has no vowel signs"


VOWEL_DROP = Noise(
    name="vowel_drop",
    summary="a vowel sign of an Indic, Thai or Burmese word is deleted, or a point of an Arabic or Hebrew word",
    family="diacritic",
    edits=_edits,
    applies=_applies,
    source="Indic_Syllabic_Category of the Unicode Character Database",
)
