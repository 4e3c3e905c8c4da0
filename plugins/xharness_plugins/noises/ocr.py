"""Letters become others that optical character recognition takes them for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import permutations

from xharness import Edit, Noise, NoiseText
from xharness_plugins.noises.letters import word_draws
from xharness_plugins.noises.spans import Change, bounded, name_of, script_of
from xharness_plugins.noises.tables import cell, rows

_TABLES = {"Jpan": ("Jpan", "Hani"), "Hans": ("Hani",)}
_HANGUL = "Hang"
_FIRST, _LAST, _VOWELS, _FINALS = 0xAC00, 0xD7A3, 21, 28
_CONSONANTS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWEL = 0x314F
"""The first vowel of the jamo that stand alone; they are in the order of the vowels of syllables."""
_NUKTA = 7
"""The combining class of a nukta, which makes another letter of the one before it."""


def _tables(language: str) -> tuple[str, ...]:
    return _TABLES.get(script_of(language), (script_of(language),))


@cache
def _confusions(language: str) -> dict[str, list[str]]:
    """Return what each text may become."""
    found: dict[str, list[str]] = {}
    for script, row in rows("ocr.tsv"):
        if script in _tables(language):
            for one, other in _pairs(row):
                found.setdefault(one, []).append(other)
    return found


def _pairs(row: str) -> Iterable[tuple[str, ...]]:
    texts = [cell(text) for text in row.split() if text != ">"]
    return [tuple(texts)] if ">" in row else permutations(texts, 2)


@lru_cache(maxsize=1 << 16)
def _options(word: str, language: str) -> dict[int, list[Change]]:
    """Return the changes that a word allows, by where they start; no mark comes to stand first."""
    confusions = _confusions(language)
    found: dict[int, list[Change]] = {}
    for start, letter in enumerate(word):
        if _FIRST <= ord(letter) <= _LAST:
            options = [(start, start + 1, other) for other in _syllables(letter, confusions)]
        else:
            options = list(_at(word, start, confusions))
        if options:
            found[start] = options
    return found


def _at(word: str, start: int, confusions: dict[str, list[str]]) -> Iterator[Change]:
    for end in range(start + 1, min(start + 2, len(word)) + 1):
        if end < len(word) and unicodedata.combining(word[end]) == _NUKTA:
            continue
        for other in confusions.get(word[start:end], ()):
            if start or not unicodedata.category(other[0]).startswith("M"):
                yield start, end, other


def _syllables(syllable: str, confusions: dict[str, list[str]]) -> Iterator[str]:
    """Yield the Hangul syllables with another first consonant or vowel."""
    first, rest = divmod(ord(syllable) - _FIRST, _VOWELS * _FINALS)
    vowel, final = divmod(rest, _FINALS)
    for other in confusions.get(_CONSONANTS[first], ()):
        yield _syllable(_CONSONANTS.index(other), vowel, final)
    for other in confusions.get(chr(_VOWEL + vowel), ()):
        yield _syllable(first, ord(other) - _VOWEL, final)


def _syllable(first: int, vowel: int, final: int) -> str:
    return chr(_FIRST + (first * _VOWELS + vowel) * _FINALS + final)


def _drawn(text: NoiseText) -> list[tuple[float, Change]]:
    """Return for each place where a text may change its number, and one of the changes, by number."""
    found = []
    for word, draws in word_draws(text, each=2):
        for start, options in _options(word.text, text.language).items():
            number, choice = draws[2 * start : 2 * start + 2]
            first, last, after = options[int(choice * len(options))]
            found.append((number, (word.start + first, word.start + last, after)))
    return sorted(found)


def _confuse(text: NoiseText) -> Iterator[Edit]:
    """Yield the edits of the places with a number below the rate, and of at least one place."""
    taken: set[int] = set()
    for number, (start, end, after) in _drawn(text):
        if taken and number >= text.settings["rate"]:
            return
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            yield Edit(start, end, after)


def _edits(text: NoiseText) -> Iterator[Edit]:
    return bounded(text, _confuse(text))


def _applies(language: str) -> str | None:
    if any(script in _tables(language) for script, _ in rows("ocr.tsv")):
        return None
    return f"no confusions are listed for the script of {name_of(language)}"


OCR = Noise(
    name="ocr",
    summary="letters become others of a like shape, as optical character recognition confuses them: rn becomes m",
    family="ocr",
    edits=_edits,
    applies=_applies,
    searchable=False,
    settings={1: {"rate": 0.01}, 2: {"rate": 0.02}, 3: {"rate": 0.04}, 4: {"rate": 0.08}, 5: {"rate": 0.12}},
    core=True,
)
