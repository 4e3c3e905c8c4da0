"""Texts to learn from, a line each, and which of them are held out.

Every fiftieth article, or line of a file, from the first on, is the split `dev`; the others are `train`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from xharness.data.lines import Row, nonempty, read_lines

_EVERY = 50
Item = TypeVar("Item")


def part(items: Iterable[Item], split: str) -> Iterator[Item]:
    """Yield the items of a split, in their order."""
    return (item for number, item in enumerate(items) if (number % _EVERY == 0) == (split == "dev"))


def text_rows(texts: Iterable[str]) -> Iterator[Row]:
    """Yield a row for each line of some texts that is not blank, without the white space round it."""
    for text in texts:
        for line in text.split("\n"):
            if stripped := line.strip():
                yield {"text": stripped}


@nonempty
def read_texts(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of a split of text files; DataError where one cannot be read, or nothing is left."""
    rows = text_rows(line for path in paths for _, line in read_lines(path))
    return part(rows, split)
