"""Words lose their diacritics."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from xharness import Edit, Noise, NoiseText, clusters
from xharness_plugins.noises.spans import Change, bounded, changes, name_of, script_of, shifted
from xharness_plugins.noises.tables import cell, rows

_LEAST = 0.01
"""Marks per letter that texts of a language must have."""
_VOWELS = range(0x0900, 0x10A0)
"""The code points of Indic scripts, Thai and Burmese, whose marks write vowels too: only listed marks are stripped."""


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    return frozenset(cell(mark) for _, marks in rows("stripped_marks.tsv") for mark in marks.split())


@lru_cache(maxsize=1)
def _plain_letters() -> dict[int, str]:
    return {ord(letter): plain for letter, plain in rows("plain_letters.tsv")}


def _is_stripped(letter: str) -> bool:
    return letter in _listed() or (unicodedata.category(letter) == "Mn" and ord(letter) not in _VOWELS)


def _plain(cluster: str) -> str:
    """Return a grapheme cluster without its marks; unchanged where none is stripped."""
    parts = unicodedata.normalize("NFD", cluster)
    plain = "".join(letter for letter in parts if not _is_stripped(letter)).translate(_plain_letters())
    return cluster if plain == parts else unicodedata.normalize("NFC", plain)


@lru_cache(maxsize=1 << 16)
def _changes(word: str) -> tuple[Change, ...]:
    if word.isascii():
        return ()
    parts = clusters(word)
    return changes(parts, [_plain(part) for part in parts])


def _strip(text: NoiseText) -> Iterator[Edit]:
    for word in text.selected(editable=lambda word: bool(_changes(word.text))):
        yield from shifted(word.start, _changes(word.text))


def _edits(text: NoiseText) -> Iterator[Edit]:
    return bounded(text, _strip(text))


def _applies(language: str) -> str | None:
    shares = {code: float(share) for code, share in rows("marks.tsv")}
    if language not in shares:
        return f"it is not known how many diacritics texts in {name_of(language)} have"
    if script_of(language) == "Taml":
        return "the marks of Tamil write vowels; noise 'vowel_drop' deletes these"
    if shares[language] < _LEAST:
        return f"texts in {name_of(language)} have few diacritics: {shares[language]} per letter, less than {_LEAST}"
    return None


MARK_STRIP = Noise(
    name="mark_strip",
    summary="words lose their diacritics, as é becomes e and ł becomes l",
    family="diacritic",
    edits=_edits,
    applies=_applies,
    core=True,
    core_instead_of="ortho_variant",
    label_risks={"vi": "high", "yo": "high"},  # marks write tones, which tell words apart
    settings={number: {"rate": number / 5} for number in range(1, 6)},
    source="marks.tsv: marks per letter in the prompts of mHumanEval",
)
