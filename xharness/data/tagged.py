"""Read tagged sentences: one word and its tag per line, blank lines between sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from xharness.data.lines import Reader, Row, check_label, nonempty, read_lines, write_lines
from xharness.errors import DataError

Word = tuple[int, str, str | None]
"""Line number, word, tag (None if the file has no tags)."""


def tagged_reader(labels: Collection[str]) -> Reader:
    """Return a reader of `word TAB tag` lines, or of lines with words only if the tags of a test set are hidden.

    This is the format that the XTREME scripts write for udpos and panx. Without `labels` every tag is accepted. A word
    may be empty, as in WikiANN.
    """
    return nonempty(partial(_read, _plain, labels))


def write_tagged(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write tagged sentences as lines that `tagged_reader` reads."""
    write_lines(path, (line for row in rows for line in [*_tagged_lines(row), ""]))


def _tagged_lines(row: Mapping[str, Any]) -> Iterator[str]:
    if not row["tags"]:
        return iter(row["tokens"])
    return (f"{word}\t{tag}" for word, tag in zip(row["tokens"], row["tags"], strict=True))


def prefixed_reader(labels: Collection[str]) -> Reader:
    """Return a reader of `xx:word TAB tag` lines, the format of the PAN-X archive.

    The prefix up to the first colon is removed, a line without exactly two fields ends the sentence, and a line
    without a colon is skipped, as in panx_preprocess of github.com/google-research/xtreme, utils_preprocess.py.
    """
    return nonempty(partial(_read, _prefixed, labels))


def _read(
    words: Callable[[Path], Iterable[Word | None]],
    labels: Collection[str],
    paths: tuple[Path, ...],
    language: str,
    split: str,
) -> Iterator[Row]:
    for path in paths:
        yield from _sentences(path, words(path), labels)


def _plain(path: Path) -> Iterator[Word | None]:
    for number, line in read_lines(path):
        if not line.strip():
            yield None
            continue
        word, *tag = line.split("\t")
        if len(tag) > 1:
            raise DataError.at(path, number, f"expected 2 columns (word, tag), got {len(tag) + 1}")
        yield number, word, tag[0].strip() if tag else None


def _prefixed(path: Path) -> Iterator[Word | None]:
    for number, line in read_lines(path):
        fields = line.strip().split("\t")
        if len(fields) != 2:
            yield None
            continue
        _, colon, word = fields[0].partition(":")
        if colon:
            yield number, word.strip(), fields[1].strip()


def _sentences(path: Path, words: Iterable[Word | None], labels: Collection[str]) -> Iterator[Row]:
    tokens: list[str] = []
    tags: list[str] = []
    labelled: bool | None = None
    for word in words:
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
            tags.append(check_label(path, number, tag, labels) if labels else tag)
    if tokens:
        yield {"tokens": tokens, "tags": tags}
