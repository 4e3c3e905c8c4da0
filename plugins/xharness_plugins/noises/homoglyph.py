"""A letter becomes another that looks like it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import edited, pick
from xharness_plugins.noises.spans import name_of, script_of
from xharness_plugins.noises.tables import rows

_PARTS = {"Jpan": ("Hira", "Kana", "Hani"), "Hans": ("Hani",)}
_FEW = 5
"""Letters of a script that the table must have at least: the others are rare in texts."""


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return {letter: alike for _, letter, alike in rows("homoglyphs.tsv")}


def _replace(text: NoiseText, word: Word, random: Random) -> Edit | None:
    table = _table()
    numbers = [number for number, cluster in enumerate(word.clusters) if cluster[0] in table]
    if not numbers:
        return None
    number = numbers[pick(random, len(numbers))]
    cluster = word.clusters[number]
    alike = table[cluster[0]]
    return word.edit(number, number + 1, alike[pick(random, len(alike))] + cluster[1:])


def _edits(text: NoiseText) -> Iterator[Edit]:
    letters = _table().keys()
    return edited(text, _replace, editable=lambda word: not letters.isdisjoint(word.text))


def _applies(language: str) -> str | None:
    parts = _PARTS.get(script_of(language), (script_of(language),))
    if sum(script in parts for script, *_ in rows("homoglyphs.tsv")) >= _FEW:
        return None
    return f"few or no letters of the script of {name_of(language)} look like other letters"


HOMOGLYPH = Noise(
    name="homoglyph",
    summary="a letter becomes another that looks like it, as Latin a becomes Cyrillic а",
    family="encoding",
    edits=_edits,
    applies=_applies,
    core=True,
    label_risk="none",
    source="confusables of Unicode Technical Standard 39, from confusable_homoglyphs 3.3.1 (MIT)",
)
