"""The letters that a noise may write in a language."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from random import Random

from xharness_plugins.noises import casing
from xharness_plugins.noises.letters import pick
from xharness_plugins.noises.tables import rows

SOURCE = "exemplar characters of CLDR, from gflanguages 0.7.11; Korean: KS X 1001"
_LATIN = "en"
"""The language whose letters are taken for Latin words in texts of another script."""


def applies(language: str) -> str | None:
    """Return why no letters are known for a language, None if they are."""
    return None if language in _alphabets() else f"there is no alphabet for language '{language}'"


@lru_cache(maxsize=1)
def _alphabets() -> dict[str, str]:
    return {row[0]: row[1] for row in rows("alphabets.tsv")}


@lru_cache(maxsize=4096)
def script(letter: str) -> str:
    """Return the first word of the name of a character, which is that of its script: LATIN, CJK, HIRAGANA."""
    return unicodedata.name(letter, "").partition(" ")[0]


def another(letter: str, language: str, random: Random) -> str | None:
    """Draw a lower-case letter of the same script and category, other than `letter`; None if there is none."""
    own = casing.lower(letter, language)
    letters = like(letter, language)
    place = letters.find(own)
    if place < 0:
        return letters[pick(random, len(letters))] if letters else None
    drawn = pick(random, len(letters) - 1)
    return letters[drawn + (drawn >= place)]


@lru_cache(maxsize=8192)
def like(letter: str, language: str) -> str:
    """Return the letters of a language of the script and category of a letter; English letters for a Latin one."""
    kind = _kind(casing.lower(letter, language)[:1])
    found = _groups(language).get(kind)
    return found or _groups(_LATIN).get(kind, "")


@lru_cache(maxsize=64)
def _groups(language: str) -> dict[tuple[str, str], str]:
    """Return the letters of a language by script and category."""
    groups: dict[tuple[str, str], str] = {}
    for letter in _alphabets().get(language, ""):
        groups[_kind(letter)] = groups.get(_kind(letter), "") + letter
    return groups


def _kind(letter: str) -> tuple[str, str]:
    return script(letter), unicodedata.category(letter)
