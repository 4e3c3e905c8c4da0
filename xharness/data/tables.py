"""Read tables with a header: CSV, TSV, JSON Lines, or a JSON list of objects; select rows and rename columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from xharness.data.jsons import read_json, read_jsonl
from xharness.data.lines import Reader, Row, nonempty, read_lines
from xharness.errors import DataError
from xharness.languages import canonical

Columns = Mapping[str, str | Callable[[Row], Any]]
"""For each column of a kind, the name of a column of the file, or a function that computes the value of a row."""
TABLES = (".csv", ".tsv", ".jsonl", ".json")
_NAMES = {"train": "train", "training": "train", "dev": "dev", "valid": "dev", "validation": "dev", "test": "test"}
_DELIMITERS = ",;\t|"


def read_table(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, row) of a table; the suffix of the file gives its format.

    An empty field of a CSV file is None. Raises DataError with file and line if the file is malformed.
    """
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        yield from read_jsonl(path)
    elif suffix == ".json":
        yield from _objects(path)
    else:
        yield from _fields(path, "\t" if suffix == ".tsv" else None)


def split_of(value: object) -> str | None:
    """Return the split that a value of a column or a part of a file name means, None for none."""
    return _NAMES.get(str(value).strip().lower())


def mapped(columns: Columns, *, language: str = "") -> Callable[[Iterable[Row], str], Iterator[Row]]:
    """Return a function (rows, language) that yields rows with the columns of a kind.

    With `language`, the column with this name selects the rows of the language; its values are codes or names.
    """

    def read(rows: Iterable[Row], code: str) -> Iterator[Row]:
        for row in rows:
            if not language or canonical(str(row[language])) == code:
                yield {name: _value(column, row) for name, column in columns.items()}

    return read


def table_reader(columns: Columns, *, language: str = "", split: str = "") -> Reader:
    """Return the reader of a layout whose files are tables.

    `language` and `split` name the columns that select rows; without them, all rows of a file are read.
    """
    return nonempty(partial(_read, columns, language, split))


def parallel_reader(query: str, columns: Mapping[str, str], *, split: str = "") -> Reader:
    """Return the reader of a table with a column for each language: pairs of `query` and `document`.

    `columns` are the columns by language. Rows without a text in one of both are skipped.
    """

    def reading(paths: tuple[Path, ...], language: str, wanted: str) -> Iterator[Row]:
        rows = table_reader({"query": query, "document": columns[language]}, split=split)(paths, language, wanted)
        return (row for row in rows if row["query"] and row["document"])

    return nonempty(reading)


def divided(read: Reader, *, by: str = "", turns: Sequence[str] = ("train", "train", "train", "dev", "test")) -> Reader:
    """Return a reader that divides the rows of a file among the splits, in turns.

    Of five rows of a language, the first three are `train`, the fourth is `dev` and the last is `test`; rows at the
    same index in two languages are in the same split, so that translations of test rows are not trained on. Rows with
    the same value in the column `by` stay together.
    """

    def reading(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        numbers: dict[Any, int] = {}
        for number, row in enumerate(read(paths, language, "train")):
            index = numbers.setdefault(row[by], len(numbers)) if by else number
            if turns[index % len(turns)] == split:
                yield row

    return nonempty(reading)


def _read(
    columns: Columns, language: str, split: str, paths: tuple[Path, ...], code: str, wanted: str
) -> Iterator[Row]:
    rename = mapped(columns, language=language)
    for path in paths:
        for line, row in read_table(path):
            try:
                if not split or split_of(row[split]) == wanted:
                    yield from rename((row,), code)
            except KeyError as error:
                raise DataError.at(path, line, f"no column {error}; the row has {', '.join(row)}") from None
            except (ValueError, TypeError, AttributeError, IndexError) as error:
                raise DataError.at(path, line, f"a value has another form than expected ({error})") from None


def _value(column: str | Callable[[Row], Any], row: Row) -> Any:
    if not isinstance(column, str):
        return column(row)
    value = row[column]
    return value if value is None or isinstance(value, list) else str(value)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    content = read_json(path)
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise DataError.at(path, None, "expected a list of objects")
    yield from enumerate(content, 1)


def _fields(path: Path, delimiter: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = (text + "\n" for _, text in read_lines(path))
    first = next(lines, "")
    reader = csv.reader(chain((first,), lines), delimiter=delimiter or max(_DELIMITERS, key=first.count), strict=True)
    try:
        names = next(reader, [])
        if len(set(names)) < len(names) or not all(names):
            raise DataError.at(path, 1, "the header has a name twice, or an empty name")
        for fields in reader:
            if not fields:
                continue
            if len(fields) != len(names):
                raise DataError.at(path, reader.line_num, f"expected {len(names)} fields, got {len(fields)}")
            yield reader.line_num, {name: field or None for name, field in zip(names, fields, strict=True)}
    except csv.Error as error:
        raise DataError.at(path, reader.line_num, str(error)) from None
