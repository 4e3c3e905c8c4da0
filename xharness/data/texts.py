"""Read plain texts for language modelling, one per line, and split them into train and dev.

Every fiftieth article, or line of a file, starting with the first, is in `dev`; the others are in `train`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from xharness.data.lines import Row, nonempty, read_lines

_EVERY = 50
Item = TypeVar("Item")


def part(items: Iterable[Item], split: str) -> Iterator[Item]:
    """Yield the items of a split, in order."""
    return (item for number, item in enumerate(items) if (number % _EVERY == 0) == (split == "dev"))


def text_rows(texts: Iterable[str]) -> Iterator[Row]:
    """Yield one row per non-blank line of the texts, stripped."""
    for text in texts:
        for line in text.split("\n"):
            if stripped := line.strip():
                yield {"text": stripped}


@nonempty
def read_texts(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of a split of text files; raise DataError if a file cannot be read or the split is empty."""
    rows = text_rows(line for path in paths for _, line in read_lines(path))
    return part(rows, split)
