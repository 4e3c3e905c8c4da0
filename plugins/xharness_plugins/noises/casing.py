"""Upper and lower case as languages write them: i and ı are two letters in Turkish and Azerbaijani."""

from __future__ import annotations

_TURKIC = frozenset({"tr", "az"})


def upper(text: str, language: str) -> str:
    """Return a text in upper case; a letter may become two, as ß."""
    return (text.replace("i", "İ") if language in _TURKIC else text).upper()


def lower(text: str, language: str) -> str:
    """Return a text in lower case."""
    return (text.replace("İ", "i").replace("I", "ı") if language in _TURKIC else text).lower()


def capital(letter: str, language: str) -> str:
    """Return a letter in upper case where that is one letter, else the letter."""
    found = upper(letter, language)
    return found if len(found) == 1 else letter
