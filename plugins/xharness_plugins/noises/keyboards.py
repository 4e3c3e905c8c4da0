"""The keyboard layouts of the languages, and which keys are next to each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from xharness_plugins.noises import casing
from xharness_plugins.noises.alphabets import script
from xharness_plugins.noises.tables import rows

SOURCE = "layouts of xkeyboard-config 2.35.1; Hangul: KS X 5002"
_LAYOUTS = dict(
    pair.split(":")
    for pair in (
        "af:us ar:ara az:az bg:bg bn:in-ben de:de el:gr en:us es:es et:ee eu:es fa:ir fi:fi fr:fr gu:in-guj he:il "
        "hi:in-deva ht:us hu:hu id:us it:it ja:jp-kana jv:us ka:ge kk:kz ko:kr lt:lt ml:in-mal mr:in-deva ms:us my:mm "
        "nl:us pa:in-guru pl:pl pt:pt qu:latam ro:ro ru:ru sw:us ta:in-tam te:in-tel th:th tl:us tr:tr uk:ua ur:pk "
        "vi:us wo:fr yo:us"
    ).split()
)
"""The layout of each language that is typed key by key; national layouts where there is one, else the usual one."""
_STARTS = (0.0, 1.5, 1.75, 1.25)
"""Where the first key of each row is, in widths of a key."""
_SIDE, _REACH = 1.0, 0.8
_WEIGHTS = {0: 9, 1: 1}
"""How often a neighbour of the same row and of the next row is hit, as in MulTypo (arXiv 2510.09536)."""
_LIGATURES = range(0xFEF5, 0xFEFD)
"""Lam with alef, which some Arabic layouts have on a key."""
_KANA = 0x60
"""From a hiragana letter to the katakana letter."""


def applies(language: str) -> str | None:
    """Return why a language is not typed key by key, None if it is."""
    if language in _LAYOUTS:
        return None
    if language == "zh":
        return "Chinese is typed through an input method, where a wrong key does not give the character of the next key"
    return f"there is no keyboard layout for language '{language}'"


@lru_cache(maxsize=64)
def neighbours(language: str) -> Mapping[str, str]:
    """Return for each letter those that a finger may hit instead, each as often as its weight.

    They are on neighbouring keys, of the same shift level, script and case. Words in Latin letters are typed on the US
    layout where the layout of the language has none.
    """
    own = _cased(_LAYOUTS[language], language)
    return own if "e" in own else {**_cased("us", language), **own}


def _cased(layout: str, language: str) -> dict[str, str]:
    found = {}
    for letter, others in _neighbours(layout).items():
        found[letter] = others
        if script(letter) == "KATAKANA":
            found[chr(ord(letter) - _KANA)] = "".join(chr(ord(other) - _KANA) for other in others)
        upper = casing.upper(letter, language)
        if upper != letter and len(upper) == 1 and script(letter) != "GEORGIAN":
            capitals = (casing.upper(other, language) for other in others)
            found[upper] = "".join(other for other in capitals if len(other) == 1 and other != upper)
    return {letter: others for letter, others in found.items() if others}


def _neighbours(layout: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, _, *keyboard in rows("layouts.tsv"):
        if name == layout:
            keys = list(_keys(keyboard))
            for key in keys:
                others = "".join(other[0] * _weight(key, other) for other in keys)
                found[key[0]] = found.get(key[0], "") + others
    return found


def _keys(keyboard: list[str]) -> Iterator[tuple[str, int, float]]:
    """Yield the keys that write one letter or mark, each with its row and position."""
    for row, keys in enumerate(keyboard):
        for number, key in enumerate(keys.split(" ")):
            if len(key) == 1 and unicodedata.category(key)[0] in "LM" and ord(key) not in _LIGATURES:
                yield key, row, _STARTS[row] + number


def _weight(key: tuple[str, int, float], other: tuple[str, int, float]) -> int:
    """Return how often a key is hit instead of another, 0 where they are not neighbours."""
    rows_apart, apart = abs(key[1] - other[1]), abs(key[2] - other[2])
    near = apart == _SIDE if rows_apart == 0 else apart < _REACH
    return _WEIGHTS.get(rows_apart, 0) if near and script(key[0]) == script(other[0]) else 0
