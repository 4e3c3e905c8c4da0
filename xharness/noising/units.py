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
_MARKED = "\U00016ff0"
"""The first mark of Han characters; below it, each Han or kana character is a cluster of its own."""


@lru_cache(maxsize=1)
def _patterns() -> dict[str, Any]:
    import regex

    return {
        "cluster": regex.compile(r"\X"),
        "letter": regex.compile(r"\p{L}"),
        "letters": regex.compile(r"[\p{L}\p{M}]+"),
        "mark": regex.compile(r"\p{M}"),
        "break": regex.compile(r"[^\S ]"),
        "digit": regex.compile(r"\d"),
        "run": regex.compile(r"\p{Han}+|\p{Hiragana}+|[\p{Katakana}ー]+|\p{Thai}+|\p{Myanmar}+|[\p{L}\p{M}]+"),
        "han": regex.compile(r"\p{Han}"),
        "kana": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
        "unspaced": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Myanmar}]"),
        "protected": regex.compile(
            r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\[[A-Z_]+\d*\]|<\|?[A-Za-z_/]+\d*\|?>|\d+(?:[.,:/]\d+)*"
        ),
        # Texts without any of these have nothing to protect; to look for them takes a tenth of the time.
        "protectable": regex.compile(r"[@\d\[<]|://|www\."),
    }


class _Kinds(dict[str, str]):
    """Whether a character is a letter (L), a mark (M) or neither, by character; found when it is first asked for."""

    def __missing__(self, character: str) -> str:
        patterns = _patterns()
        kind = "L" if patterns["letter"].match(character) else "M" if patterns["mark"].match(character) else ""
        self[character] = kind
        return kind


_KINDS = _Kinds()


class _Runs(dict[str, str]):
    """How the run that starts with a character is cut: `han`, `kana`, `clusters`, or empty where it is one word."""

    def __missing__(self, character: str) -> str:
        patterns = _patterns()
        kinds = [kind for kind in ("han", "kana", "unspaced") if patterns[kind].match(character)]
        kind = self[character] = {"unspaced": "clusters"}.get(kinds[0], kinds[0]) if kinds else ""
        return kind


_RUNS = _Runs()


def clusters(text: str) -> list[str]:
    """Return the extended grapheme clusters of a text (UAX #29): what a reader takes for one character."""
    if text.isascii():
        return list(text)
    found: list[str] = _patterns()["cluster"].findall(text)
    return found


def protected_spans(text: str) -> list[Span]:
    """Return the spans of addresses, numbers, and markers such as [MASK] or <s>."""
    patterns = _patterns()
    if not patterns["protectable"].search(text):
        return []
    return [match.span() for match in patterns["protected"].finditer(text)]


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
    numbered = patterns["digit"].search(text)
    if patterns["break"].search(text):
        text = patterns["break"].sub(" ", text)
    start = 0
    for token in text.split(" "):
        end = start + len(token)
        if token.isalpha():
            if end - start > 1:
                yield start, end
        elif token and not (numbered and patterns["digit"].search(token)):
            yield from _within(text, start, end)
        start = end + 1


def _within(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the span of a token without the punctuation around it, nothing where it has fewer than two letters."""
    kinds = _KINDS
    while start < end and not kinds[text[start]]:
        start += 1
    while start < end and not kinds[text[end - 1]]:
        end -= 1
    letters = 0
    for place in range(start, end):
        letters += kinds[text[place]] == "L"
        if letters > 1:
            yield start, end
            return


def _chunks(text: str, language: str) -> Iterator[Span]:
    for match in _patterns()["run"].finditer(text):
        start, end = match.span()
        kind = _RUNS[text[start]]
        if not kind:
            if end - start > 1:
                yield start, end
            continue
        size = _HAN if kind == "han" else _CHUNK[language]
        if kind == "clusters" or max(match[0]) >= _MARKED:
            yield from _of_clusters(match[0], start, size)
        else:
            for first in range(start, end - 1, size):
                yield first, min(first + size, end)


def _of_clusters(run: str, start: int, size: int) -> Iterator[Span]:
    """Yield the spans of chunks of clusters, at least two each."""
    parts = clusters(run)
    for first in range(0, len(parts), size):
        length = len("".join(parts[first : first + size]))
        if min(size, len(parts) - first) > 1:
            yield start, start + length
        start += length
