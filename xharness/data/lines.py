"""Read text files line by line; errors name the file and the line."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from xharness.errors import DataError

Row = Mapping[str, Any]
"""A row of data: the columns of an example by name."""
Reader = Callable[[tuple[Path, ...], str, str], Iterator[Row]]
Writer = Callable[[Path, Iterable[Mapping[str, Any]]], None]


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text without line end) of a UTF-8 file; only LF and CRLF end a line.

    A byte order mark is skipped. Raises DataError if the file does not exist or a line is not UTF-8.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from None
    with file:
        for number, raw in enumerate(file, 1):
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
                if not raw:
                    return
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise undecodable(path, error, number) from None
            yield number, text.removesuffix("\n").removesuffix("\r")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines to a UTF-8 file, each ended by LF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def unreadable(path: Path, error: OSError) -> DataError:
    """Return the error for a file that cannot be opened."""
    missing = isinstance(error, FileNotFoundError)
    return DataError.at(path, None, "no such file" if missing else f"cannot read the file: {error.strerror}")


def undecodable(path: Path, error: UnicodeDecodeError, line: int = 1) -> DataError:
    """Return the error for bytes that are not UTF-8; `line` is the line number of the first byte decoded."""
    before = error.object[: error.start]
    byte = error.start - before.rfind(b"\n")
    problem = f"byte {byte} of the line (0x{error.object[error.start]:02x}) is not UTF-8"
    return DataError.at(path, line + before.count(b"\n"), problem)


def check_label(path: Path, line: int, label: str, labels: Collection[str]) -> str:
    """Return the label; raise DataError if it is not in `labels`."""
    if label not in labels:
        raise DataError.at(path, line, f"unknown label '{label}', expected one of {', '.join(labels)}")
    return label


def nonempty(read: Reader) -> Reader:
    """Wrap a reader so that it raises DataError if it yields no row."""

    @wraps(read)
    def reading(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        empty = True
        for row in read(paths, language, split):
            empty = False
            yield row
        if empty:
            names = ", ".join(str(path) for path in paths)
            raise DataError(f"{names}: no example of language '{language}' for split '{split}'")

    return reading
