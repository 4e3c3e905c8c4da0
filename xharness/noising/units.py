"""What a noise may take apart: grapheme clusters, words, and the spans that it must leave as they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from xharness.noising.edits import Span

UNSPACED = frozenset({"zh", "ja", "th", "my"})
"""Languages whose texts have no spaces between words."""
_CHUNK = {"zh": 2, "ja": 4, "th": 4, "my": 4}
_HAN = 2


@lru_cache(maxsize=1)
def _patterns() -> dict[str, Any]:
    import regex

    letter = r"[\p{L}\p{M}]"
    return {
        "cluster": regex.compile(r"\X"),
        "letter": regex.compile(r"\p{L}"),
        "letters": regex.compile(rf"{letter}+"),
        # A token without digits: its letters, with what stands between them, without the punctuation around them.
        "word": regex.compile(rf"(?<!\S)[^\s\d\p{{L}}\p{{M}}]*+({letter}(?:[^\s\d]*{letter})?)[^\s\d]*+(?!\S)"),
        "run": regex.compile(r"\p{Han}+|\p{Hiragana}+|[\p{Katakana}ー]+|\p{Thai}+|\p{Myanmar}+|[\p{L}\p{M}]+"),
        "han": regex.compile(r"\p{Han}"),
        "unspaced": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Myanmar}]"),
        "protected": regex.compile(
            r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\[[A-Z_]+\d*\]|<\|?[A-Za-z_/]+\d*\|?>|\d+(?:[.,:/]\d+)*"
        ),
    }


def clusters(text: str) -> list[str]:
    """Return the extended grapheme clusters of a text (UAX #29): what a reader takes for one character."""
    if text.isascii():
        return list(text)
    found: list[str] = _patterns()["cluster"].findall(text)
    return found


def protected_spans(text: str) -> list[Span]:
    """Return the spans of addresses, numbers, and markers such as [MASK] or <s>."""
    return [match.span() for match in _patterns()["protected"].finditer(text)]


def common_spans(text: str, others: Collection[str], language: str) -> list[Span]:
    """Return the spans of what words of a text share with other texts: the longest beginning of a word that is there.

    It has at least three characters; at least two, anywhere in the text, in a language without spaces. Endings may
    differ, as in `Omar's` and `Omar`.
    """
    spaced = language not in UNSPACED
    least = 3 if spaced else 2
    spans = []
    for match in _patterns()["letters"].finditer(text):
        start, end = match.span()
        while start + least <= end:
            stop = max(_shared_end(text, start, end, other) for other in others) if others else start
            if stop - start >= least:
                spans.append((start, stop))
            if spaced:
                break
            start = max(stop, start + 1) if stop - start >= least else start + 1
    return spans


def _shared_end(text: str, start: int, end: int, other: str) -> int:
    """Return where the longest text from `start` that another text contains ends."""
    while end > start and text[start:end] not in other:
        end -= 1
    return end


def word_spans(text: str, language: str) -> Iterator[Span]:
    """Yield the spans of words: at least two letters, no digit, without the punctuation around them.

    In a language without spaces a run of one script is cut into chunks of a few clusters.
    """
    patterns = _patterns()
    if language in UNSPACED and patterns["unspaced"].search(text):
        yield from _chunks(text, language)
        return
    letters = patterns["letter"]
    for match in patterns["word"].finditer(text):
        start, end = match.span(1)
        if end - start > 1 and len(letters.findall(text, start, end)) > 1:
            yield start, end


def _chunks(text: str, language: str) -> Iterator[Span]:
    patterns = _patterns()
    for match in patterns["run"].finditer(text):
        found = match[0]
        if not patterns["unspaced"].match(found):
            if len(found) > 1:
                yield match.span()
            continue
        size = _HAN if patterns["han"].match(found) else _CHUNK[language]
        start = match.start()
        parts = clusters(found)
        for first in range(0, len(parts), size):
            length = len("".join(parts[first : first + size]))
            if min(size, len(parts) - first) > 1:
                yield start, start + length
            start += length
