"""Read tagged sentences: one word and its tag per line, blank lines between sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xharness.data.lines import Row, check_label, nonempty, read_lines, write_lines
from xharness.data.schemes import Starts, in_iob2, other_scheme
from xharness.errors import DataError

Word = tuple[int, str, str | None]
"""Line number, word, tag (None if the file has no tags)."""
_Words = Callable[[Path, Collection[str]], Iterable[Word | None]]


@dataclass(frozen=True)
class TaggedReader:
    """A reader of tagged sentences, whose tags are in IOB2 or converted from another scheme."""

    words: _Words
    labels: Collection[str]
    scheme: str | None = None

    def __call__(self, paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        """Yield the sentences of files; DataError with file and line if one is malformed."""
        return nonempty(self._rows)(paths, language, split)

    def converting(self, scheme: str) -> TaggedReader:
        """Return a reader of files in another scheme, one of `SCHEMES`."""
        return replace(self, scheme=scheme)

    def _rows(self, paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        for path in paths:
            words: Iterable[Word | None] = self.words(path, self.labels)
            if self.scheme:
                words = _converted(words, self.scheme)
            yield from _sentences(path, words, self.labels, tagged=split != "test")


def tagged_reader(labels: Collection[str]) -> TaggedReader:
    """Return a reader of `word TAB tag` lines, or of lines with words only if the tags of a test set are hidden.

    This is the format that the XTREME scripts write for udpos and panx. Without `labels` every tag is accepted. A word
    may be empty, as in WikiANN. Columns may be separated by spaces in a file without a tab.
    """
    return TaggedReader(_plain, labels)


def write_tagged(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write tagged sentences as lines that `tagged_reader` reads."""
    write_lines(path, (line for row in rows for line in [*_tagged_lines(row), ""]))


def _tagged_lines(row: Mapping[str, Any]) -> Iterator[str]:
    if not row["tags"]:
        return iter(row["tokens"])
    return (f"{word}\t{tag}" for word, tag in zip(row["tokens"], row["tags"], strict=True))


def prefixed_reader(labels: Collection[str]) -> TaggedReader:
    """Return a reader of `xx:word TAB tag` lines, the format of the PAN-X archive.

    The prefix up to the first colon is removed, a line without exactly two fields ends the sentence, and a line
    without a colon is skipped, as in panx_preprocess of github.com/google-research/xtreme, utils_preprocess.py. Raises
    DataError if most lines have no prefix.
    """
    return TaggedReader(_prefixed, labels)


def _converted(words: Iterable[Word | None], scheme: str) -> Iterator[Word | None]:
    before = ""
    for word in words:
        number, token, tag = word or (0, "", None)
        if tag is None:
            before = ""
            yield word
            continue
        yield number, token, in_iob2(tag, before, scheme)
        before = tag


def _plain(path: Path, labels: Collection[str]) -> Iterator[Word | None]:
    spaced = _spaced(path, labels)
    for number, line in read_lines(path):
        if not line.strip():
            yield None
            continue
        word, *tag = line.split() if spaced else line.split("\t")
        if len(tag) > 1:
            raise DataError.at(path, number, f"expected 2 columns (word, tag), got {len(tag) + 1}")
        yield number, word, tag[0].strip() if tag else None


def _prefixed(path: Path, labels: Collection[str]) -> Iterator[Word | None]:
    separator = None if _spaced(path, labels) else "\t"
    _check_prefixes(path, separator)
    for number, line in read_lines(path):
        fields = line.strip().split(separator)
        if len(fields) != 2:
            yield None
            continue
        _, colon, word = fields[0].partition(":")
        if colon:
            yield number, word.strip(), fields[1].strip()


def _check_prefixes(path: Path, separator: str | None) -> None:
    first: tuple[int, str] | None = None
    words = lacking = 0
    for number, line in read_lines(path):
        fields = line.strip().split(separator)
        if len(fields) != 2:
            continue
        words += 1
        if ":" not in fields[0]:
            lacking += 1
            first = first or (number, fields[0])
    if first and 2 * lacking > words:
        number, word = first
        raise DataError.at(path, number, f"expected 2 columns (xx:word, tag), got the word '{word}' without a prefix")


def _spaced(path: Path, labels: Collection[str]) -> bool:
    """Return whether the columns of a file are separated by spaces instead of tabs.

    Raises DataError with the line that has not two columns. A file with words only is not spaced, even if its words
    contain spaces.
    """
    odd: tuple[int, int] | None = None
    lines = tagged = 0
    for number, line in read_lines(path):
        if "\t" in line:
            return False
        fields = line.split()
        if not fields:
            continue
        lines += 1
        tagged += len(fields) > 1 and _is_tag(fields[-1], labels)
        if len(fields) != 2 and odd is None:
            odd = number, len(fields)
    if 2 * tagged <= lines:
        return False
    if odd:
        raise DataError.at(path, odd[0], f"expected 2 columns (word, tag), got {odd[1]}, separated by spaces")
    return True


def _is_tag(text: str, labels: Collection[str]) -> bool:
    return not labels or text in labels or other_scheme(text, labels) is not None


def _sentences(path: Path, words: Iterable[Word | None], labels: Collection[str], *, tagged: bool) -> Iterator[Row]:
    tokens: list[str] = []
    tags: list[str] = []
    labelled: bool | None = True if tagged else None
    starts = Starts(path, labels)
    for word in words:
        starts.see(word)
        if word is None:
            if tokens:
                yield {"tokens": tokens, "tags": tags}
            tokens, tags = [], []
            continue
        number, token, tag = word
        labelled = tag is not None if labelled is None else labelled
        if labelled != (tag is not None):
            expected, got = ("2 columns (word, tag)", 1) if labelled else ("1 column (word), as above", 2)
            raise DataError.at(path, number, f"expected {expected}, got {got}")
        tokens.append(token)
        if tag is not None:
            tags.append(_checked(path, number, tag, labels))
    starts.check()
    if tokens:
        yield {"tokens": tokens, "tags": tags}


def _checked(path: Path, line: int, tag: str, labels: Collection[str]) -> str:
    if not labels:
        return tag
    scheme = None if tag in labels else other_scheme(tag, labels)
    if scheme:
        raise DataError.at(path, line, f"unknown label '{tag}': {scheme}")
    return check_label(path, line, tag, labels)
