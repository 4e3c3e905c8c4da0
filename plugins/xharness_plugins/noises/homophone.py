"""Characters are replaced by others that sound alike, as typists choose wrong ones or spell by ear."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from xharness import Edit, Noise, NoiseText, Word, clusters
from xharness_plugins.noises.letters import edited, pick
from xharness_plugins.noises.tables import rows as own

# The first-level characters of GB 2312, 3,755 in the order of their pinyin: those in common use.
_ROWS, _CELLS = range(0xB0, 0xD8), range(0xA1, 0xFF)


@lru_cache(maxsize=1)
def _hanzi() -> dict[str, str]:
    """Return the common characters of each syllable with its tone, each by its most frequent reading."""
    codes = [bytes((row, cell)) for row in _ROWS for cell in _CELLS]
    common = [code.decode("gb2312", "ignore") for code in codes]
    syllables: dict[str, str] = {}
    for letter in filter(None, common):
        syllable = _syllables(letter)[0]
        syllables[syllable] = syllables.get(syllable, "") + letter
    return syllables


def _syllables(text: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin(text, style=Style.TONE3)


@lru_cache(maxsize=1)
def _kana() -> dict[str, list[str]]:
    """Return what each kana, or two of them, may be mistaken for."""
    found: dict[str, list[str]] = {}
    for one, two in own("kana_homophones.tsv"):
        found.setdefault(one, []).append(two)
        found.setdefault(two, []).append(one)
    return found


@lru_cache(maxsize=100_000)
def _candidates(word: str, language: str) -> list[tuple[int, int, list[str]]]:
    """Return the replacements in a word: the first cluster, the one after the last, and what they may become."""
    parts = clusters(word)
    if language == "zh":
        syllables = _syllables(word)
        if len(syllables) != len(parts):
            return []
        alike = [(n, n + 1, [*_hanzi().get(syllable, "")]) for n, syllable in enumerate(syllables)]
        found = [(first, last, [each for each in others if each != parts[first]]) for first, last, others in alike]
    else:
        spans = [(first, first + size) for first in range(len(parts)) for size in (1, 2) if first + size <= len(parts)]
        found = [(*span, _kana().get("".join(parts[slice(*span)]), [])) for span in spans]
    return [each for each in found if each[2]]


def _change(text: NoiseText, word: Word, random: Random) -> Edit | None:
    places = _candidates(word.text, text.language)
    first, last, others = places[pick(random, len(places))]
    return word.edit(first, last, others[pick(random, len(others))])


def _edits(text: NoiseText) -> Iterator[Edit]:
    return edited(text, _change, changeable=lambda word: bool(_candidates(word.text, text.language)))


def _applies(language: str) -> str | None:
    return None if language in ("zh", "ja") else "homophones are known for zh and ja only"


HOMOPHONE = Noise(
    name="homophone",
    summary="characters become others that sound alike: in Chinese by pinyin and tone, in Japanese kana",
    family="natural",
    edits=_edits,
    applies=_applies,
    packages=lambda language: ("pypinyin",) if language == "zh" else (),
    source="pypinyin and the first-level characters of GB 2312; for kana data/kana_homophones.tsv",
)
