"""Function words are left out, as in headlines and notes; the shortest words where no list of them is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import category, normalize

from xharness import Edit, Noise, NoiseText
from xharness_plugins.noises.ranks import ranked, spaced
from xharness_plugins.noises.tables import rows as own
from xharness_plugins.noises.user_tables import lowered

_WORD = re.compile(r"\S+")
_RATES = (0.025, 0.05, 0.1, 0.15, 0.25)
_SHORTEST = 4
Span = tuple[int, int]


@lru_cache(maxsize=1)
def function_words() -> dict[str, frozenset[str]]:
    """Return the function words of each language that has a list, in lower case; negations are not among them."""
    return {language: frozenset(normalize("NFC", words).split()) for language, words in own("function_words.tsv")}


def _edits(text: NoiseText) -> Iterator[Edit]:
    left = len(text.text.strip())
    least = (len(text.text) + 1) // 2
    for start, end in ranked(text, _droppable(text)):
        left -= end - start
        if left < least:
            return
        yield Edit(start, end, "")


def _droppable(text: NoiseText) -> list[Span]:
    """Return the spans of words that may be left out, each with the space that follows; the last word is none."""
    spans = [match.span() for match in _WORD.finditer(text.text)]
    found = [(start, after) for (start, end), (after, _) in pairwise(spans) if _letters(text.text[start:end])]
    free = [span for span in found if text.is_free(*span)]
    listed = function_words().get(text.language)
    if listed is not None:
        return [(start, end) for start, end in free if _form(text, start, end) in listed]
    lengths = sorted({end - start for start, end in free})
    return [(start, end) for start, end in free if end - start <= max(_SHORTEST, *lengths[:1])]


def _form(text: NoiseText, start: int, end: int) -> str:
    return normalize("NFC", lowered(text.text[start:end].rstrip(), text.language))


def _letters(word: str) -> bool:
    """Return whether a word has no digit and no punctuation around it."""
    return word[0].isalpha() and category(word[-1])[0] in "LM" and not any(map(str.isdigit, word))


WORD_DROP = Noise(
    name="word_drop",
    summary="function words are left out; the shortest words in languages without a list of them",
    family="lexical",
    edits=_edits,
    applies=spaced,
    settings={severity: {"rate": rate} for severity, rate in enumerate(_RATES, 1)},
    words_kept=False,
    label_risk="high",
    source="closed-class words written for this package; see data/function_words.tsv",
)
