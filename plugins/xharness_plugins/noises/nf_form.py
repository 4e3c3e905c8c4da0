"""Words are written in another Unicode normal form: decomposed, or with full-width letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from xharness import Edit, Noise, NoiseText, Word
from xharness_plugins.noises.spans import changes, shifted

_WIDE = {ord(letter): ord(letter) + 0xFEE0 for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}


def _decomposed(part: str) -> str:
    return unicodedata.normalize("NFD", part)


def _has_form(word: Word) -> bool:
    return _decomposed(word.text) != word.text


def _has_latin(word: Word) -> bool:
    return any(ord(letter) in _WIDE for letter in word.text)


def _edits(text: NoiseText) -> Iterator[Edit]:
    rate = text.settings["wide"]
    wide = {word.number for word in text.selected(rate, _has_latin)} if rate else set()
    decomposed = {word.number for word in text.selected(editable=_has_form)}
    for word in text.words:
        if word.number in wide or word.number in decomposed:
            after = [_decomposed(part) if word.number in decomposed else part for part in word.clusters]
            if word.number in wide:
                after = [part.translate(_WIDE) for part in after]
            yield from shifted(word.start, changes(word.clusters, after))


NF_FORM = Noise(
    name="nf_form",
    summary="words are decomposed (NFD); from severity 3, words also get full-width Latin letters",
    family="encoding",
    edits=_edits,
    searchable=False,
    settings={
        1: {"rate": 0.5, "wide": 0.0},
        2: {"rate": 1.0, "wide": 0.0},
        3: {"rate": 1.0, "wide": 0.3},
        4: {"rate": 1.0, "wide": 0.6},
        5: {"rate": 1.0, "wide": 1.0},
    },
    grows=True,
    label_risk="none",
)
