"""Words are spelled in another way that readers accept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import pick
from xharness_plugins.noises.spans import bounded, name_of
from xharness_plugins.noises.tables import cell, rows

_TABLE = "ortho_variant.tsv"

Texts = tuple[str, ...]
Variant = tuple[int, int, Texts]
"""Characters from the first number to before the second may become any of the texts."""


@cache
def _variants(language: str, severity: int, place: str) -> dict[str, Texts]:
    """Return what each text at a place of a word may become: as the table has it, in capitals, and decomposed."""
    found = dict(_listed(language, severity, place))
    for small, texts in list(found.items()):
        capital = small.upper()
        if len(capital) == len(small):
            change = str.capitalize if len(small) == 1 else str.upper
            found.setdefault(capital, tuple(map(change, texts)))
    for composed, texts in list(found.items()):
        found.setdefault(unicodedata.normalize("NFD", composed), texts)
    return found


def _listed(language: str, severity: int, place: str) -> Iterator[tuple[str, Texts]]:
    for languages, befores, afters, where, severities in rows(_TABLE):
        least, most = map(int, severities.split("-"))
        if language in languages.split() and where == place and least <= severity <= most:
            for before, after in zip(befores.split(), afters.split(), strict=True):
                yield cell(before), tuple(map(cell, after.split("|")))


@cache
def _pattern(language: str, severity: int) -> Any:
    """Return the pattern of all that has variants, the longest first; None if nothing has."""
    import regex

    places = {"any": "", "end": r"(?=\p{M}*$)"}
    found = [(text, end) for place, end in places.items() for text in _variants(language, severity, place)]
    parts = [regex.escape(text) + end for text, end in sorted(found, key=lambda pair: -len(pair[0]))]
    return regex.compile("|".join(parts)) if parts else None


@cache
def _rewriting(language: str) -> tuple[tuple[Any, str], ...]:
    """Return the regular expressions of a language, and what they become."""
    import regex

    found = [row for row in rows(_TABLE) if row[3] == "pattern" and language in row[0].split()]
    return tuple((regex.compile(before), after) for _, before, after, *_ in found)


@lru_cache(maxsize=1 << 16)
def _inside(word: str, language: str, severity: int, spaces: bool) -> tuple[Variant, ...]:
    """Return what of a word has variants; with a space only where `spaces`, and never with a mark put first."""
    for pattern, template in _rewriting(language):
        match = pattern.search(word)
        if match:
            return ((*match.span(), (match.expand(template),)),)
    pattern = _pattern(language, severity)
    if pattern is None:
        return ()
    known = _variants(language, severity, "any") | _variants(language, severity, "end")
    found = []
    for match in pattern.finditer(word):
        usable = tuple(text for text in known[match[0]] if _fits(text, match.start(), spaces))
        if usable and usable != (match[0],):
            found.append((*match.span(), tuple(map(str.upper, usable)) if word.isupper() else usable))
    left = len(word) - sum(end - start for start, end, texts in found if "" in texts)
    return tuple(found) if left else ()


def _fits(text: str, start: int, spaces: bool) -> bool:
    first = unicodedata.category(text[:1] or " ")
    return (spaces or not any(map(str.isspace, text))) and (start > 0 or not first.startswith("M"))


@cache
def _outside(language: str, severity: int) -> tuple[str, ...]:
    """Return where characters next to words have variants in a language: in most nowhere."""
    return tuple(place for place in ("before", "after") if _variants(language, severity, place))


def _around(text: NoiseText, word: Word) -> Iterator[Variant]:
    """Yield what of the characters next to a word has variants: nothing where words may not be split or joined."""
    for place in () if text.words_kept else _outside(text.language, text.severity):
        start = max(word.start - 1, 0) if place == "before" else word.end
        texts = _variants(text.language, text.severity, place).get(text.text[start : start + 1])
        if texts and text.is_free(start, start + 1):
            yield start, start + 1, texts


def _all(text: NoiseText, word: Word) -> list[Variant]:
    """Return what of a text has variants in a word and next to it."""
    found = _inside(word.text, text.language, text.severity, not text.words_kept)
    return [*((word.start + start, word.start + end, texts) for start, end, texts in found), *_around(text, word)]


def _spell(text: NoiseText) -> Iterator[Edit]:
    for word in text.selected(editable=lambda word: bool(_all(text, word))):
        for number, (start, end, texts) in enumerate(_all(text, word)):
            choice = pick(text.random(word, number), len(texts)) if len(texts) > 1 else 0
            yield Edit(start, end, texts[choice])


def _edits(text: NoiseText) -> Iterator[Edit]:
    return bounded(text, _spell(text))


def _applies(language: str) -> str | None:
    if any(language in languages.split() for languages, *_ in rows(_TABLE)):
        return None
    return f"no spelling variants are listed for {name_of(language)}"


ORTHO_VARIANT = Noise(
    name="ortho_variant",
    summary="words are spelled in another way that readers accept, as ä becomes ae in German",
    family="orthography",
    edits=_edits,
    applies=_applies,
    settings={number: {"rate": number / 5} for number in range(1, 6)},
    core=True,
    label_risk="none",
)
