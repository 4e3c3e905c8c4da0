"""Multiple-choice questions in JSON Lines files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xharness.data.jsons import read_jsonl
from xharness.data.lines import Reader, Row, nonempty
from xharness.errors import DataError


def read_objects(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield (line number, object) as `read_jsonl` does; raise DataError for a blank line between two objects.

    Labels and predictions are matched to questions by line number.
    """
    for expected, (number, row) in enumerate(read_jsonl(path), 1):
        if number != expected:
            raise DataError.at(path, expected, "blank line, expected a JSON object")
        yield number, row


def choices_reader(example: Callable[[Row], Row]) -> Reader:
    """Return a reader of JSON Lines files; `example` converts an object to a multiple-choice row.

    The reader raises DataError with file and line if a line is not an object, if `example` raises ValueError, or if a
    row of a split other than `test` has no label.
    """

    @nonempty
    def read(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        for path in paths:
            for number, content in read_objects(path):
                with located(path, number):
                    row = example(content)
                    if row["label"] is None and split != "test":
                        raise ValueError(f"no label; every example of split '{split}' needs one")
                yield row

    return read


def texts(row: Mapping[str, Any], *keys: str) -> list[str]:
    """Return the values of keys of a row; raise ValueError if a key is missing or its value is not a text."""
    for key in keys:
        if key not in row:
            raise ValueError(f"no {key}, expected {', '.join(keys)}")
        if not isinstance(row[key], str):
            raise ValueError(f"{key} {row[key]!r} is not a text")
    return [row[key] for key in keys]


def label_index(label: Any, indices: Mapping[str, int]) -> int | None:
    """Return the index, from 0, of a label; None if it is null or -1. Raises ValueError for an unknown label."""
    if label is None or label == -1:
        return None
    if str(label) not in indices:
        raise ValueError(f"unknown label {label!r}, expected one of {', '.join(indices)}")
    return indices[str(label)]


@contextmanager
def located(path: Path, line: int) -> Iterator[None]:
    """Convert a ValueError into a DataError with file and line."""
    try:
        yield
    except ValueError as error:
        raise DataError.at(path, line, str(error)) from None
