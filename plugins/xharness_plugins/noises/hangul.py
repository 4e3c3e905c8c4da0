"""Hangul syllables and the keys that write them on the two-set keyboard."""

from __future__ import annotations

import re
from functools import lru_cache

_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_TYPED = dict(
    pair.split(":")
    for pair in (
        *"ㅘ:ㅗㅏ ㅙ:ㅗㅐ ㅚ:ㅗㅣ ㅝ:ㅜㅓ ㅞ:ㅜㅔ ㅟ:ㅜㅣ ㅢ:ㅡㅣ".split(),
        *"ㄳ:ㄱㅅ ㄵ:ㄴㅈ ㄶ:ㄴㅎ ㄺ:ㄹㄱ ㄻ:ㄹㅁ ㄼ:ㄹㅂ ㄽ:ㄹㅅ ㄾ:ㄹㅌ ㄿ:ㄹㅍ ㅀ:ㄹㅎ ㅄ:ㅂㅅ".split(),
    )
)
"""Vowels and finals that are typed with two keys."""
_WRITTEN = {keys: letter for letter, keys in _TYPED.items()}
_FIRST = ord("가")


class _Keys(dict[str, str]):
    """The keys of each character, found when it is first asked for."""

    def __missing__(self, character: str) -> str:
        keys = self[character] = _keys(character) if "가" <= character <= "힣" else character
        return keys


_KEYS = _Keys()


def typed(text: str) -> str:
    """Return a text with each syllable taken apart into the letters of its keys."""
    return "".join([_KEYS[character] for character in text])


def _keys(syllable: str) -> str:
    rest, tail = divmod(ord(syllable) - _FIRST, len(_TAILS))
    lead, vowel = divmod(rest, len(_VOWELS))
    parts = (_LEADS[lead], _VOWELS[vowel], _TAILS[tail])
    return "".join(_TYPED.get(part, part) for part in parts)


def written(keys: str) -> str:
    """Return what an input method writes for keys: syllables, and single letters where they make none.

    A consonant before a vowel starts a syllable.
    """
    return _pattern().sub(_written, keys)


def _written(match: re.Match[str]) -> str:
    return _SYLLABLES[match[0]]


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    vowels, tails = (
        "|".join([*(keys for keys in _WRITTEN if _WRITTEN[keys] in letters), f"[{''.join(letters)}]"])
        for letters in (_VOWELS, _TAILS)
    )
    return re.compile(f"([{_LEADS}])({vowels})((?:{tails})(?![{_VOWELS}]))?")


class _Syllables(dict[str, str]):
    """The syllable of the keys that write it, found when it is first asked for."""

    def __missing__(self, keys: str) -> str:
        match = _pattern().fullmatch(keys)
        assert match is not None
        syllable = self[keys] = _syllable(*match.groups(""))
        return syllable


_SYLLABLES = _Syllables()


def _syllable(lead: str, vowel: str, tail: str) -> str:
    place = _LEADS.index(lead) * len(_VOWELS) + _VOWELS.index(_WRITTEN.get(vowel, vowel))
    return chr(_FIRST + place * len(_TAILS) + _TAILS.index(_WRITTEN.get(tail, tail)))
