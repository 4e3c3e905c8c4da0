"""Questions with a few choices to answer them, in JSON with one object a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xharness.data.jsons import read_jsonl
from xharness.data.lines import Reader, Row, nonempty
from xharness.errors import DataError


def read_objects(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield what `read_jsonl` yields; DataError also for a blank line between two objects.

    Labels and predictions belong to questions by their lines.
    """
    for expected, (number, found) in enumerate(read_jsonl(path), 1):
        if number != expected:
            raise DataError.at(path, expected, "blank line, expected a JSON object")
        yield number, found


def choices_reader(example: Callable[[Row], Row]) -> Reader:
    """Return a reader of JSON lines that makes a row of the kind multiple-choice of each object.

    The reader raises DataError with file and line where a line is no object, where `example` raises ValueError, and
    where a split other than `test` gives no label.
    """

    @nonempty
    def read(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        for path in paths:
            for number, found in read_objects(path):
                with located(path, number):
                    row = example(found)
                    if row["label"] is None and split != "test":
                        raise ValueError(f"no label, which split '{split}' needs")
                yield row

    return read


def texts(row: Mapping[str, Any], *keys: str) -> list[str]:
    """Return the texts of a row; ValueError where a key is missing or holds no text."""
    for key in keys:
        if key not in row:
            raise ValueError(f"no {key}, expected {', '.join(keys)}")
        if not isinstance(row[key], str):
            raise ValueError(f"{key} {row[key]!r} is not a text")
    return [row[key] for key in keys]


def place(label: Any, places: Mapping[str, int]) -> int | None:
    """Return the place, from 0, that a label stands for, None where it is null or -1; ValueError for an unknown one."""
    if label is None or label == -1:
        return None
    if str(label) not in places:
        raise ValueError(f"unknown label {label!r}, expected one of {', '.join(places)}")
    return places[str(label)]


@contextmanager
def located(path: Path, line: int) -> Iterator[None]:
    """Turn a ValueError into a DataError that names the file and the line."""
    try:
        yield
    except ValueError as error:
        raise DataError.at(path, line, str(error)) from None
