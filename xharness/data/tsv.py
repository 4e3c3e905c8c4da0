"""Read tab-separated tables, with or without a header or csv quotes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.data.lines import Row, check_label, read_lines, write_lines
from xharness.errors import DataError


def read_tsv(
    path: Path,
    columns: Sequence[str],
    *,
    header: bool = False,
    optional: str | None = None,
    quoted: bool = False,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, values by column) of a table; raise DataError if a line has the wrong number of columns.

    With `header` the first line contains the column names, which must include `columns`. `optional` is the name of the
    last column if a whole file may omit it, such as the labels of a test set. With `quoted` the quotes that csv writers
    put around a field are removed; otherwise quotes are ordinary characters.
    """
    lines = read_lines(path)
    names = _header(path, next(lines, (1, "")), columns) if header else list(columns)
    for number, line in lines:
        fields = line.split("\t")
        if optional == names[-1] and len(fields) == len(names) - 1:
            names.pop()
        optional = None
        if len(fields) != len(names):
            raise DataError.at(path, number, f"expected {_listed(names)}, got {len(fields)}")
        yield number, dict(zip(names, map(unquote, fields) if quoted else fields))


TRANSLATED = ("original1", "original2", "sentence1", "sentence2", "label")
"""The columns of the files with translated pairs of XTREME (google-research/xtreme, issue 37)."""


def unquote(field: str) -> str:
    """Return a field without csv quotes; a field that is not validly quoted is returned unchanged."""
    inner = field[1:-1]
    if len(field) >= 2 and field[0] == field[-1] == '"' and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return field


def write_pairs(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write text pairs and their labels as lines that `read_tsv` reads with `quoted`."""
    write_lines(path, ("\t".join(_quoted(row[name]) for name in _PAIR if row[name] is not None) for row in rows))


_PAIR = ("text", "text_pair", "label")


def _quoted(field: str) -> str:
    """Return a field with csv quotes, where it would lose its own when it is read."""
    return field if unquote(field) == field else '"{}"'.format(field.replace('"', '""'))


def pair_row(path: Path, line: int, text: str, text_pair: str, label: str | None, labels: Collection[str]) -> Row:
    """Return the row of a text pair, with stripped texts; raise DataError if the label is not in `labels`."""
    checked = None if label is None else check_label(path, line, label.strip(), labels)
    return {"text": text.strip(), "text_pair": text_pair.strip(), "label": checked}


def _header(path: Path, first: tuple[int, str], columns: Sequence[str]) -> list[str]:
    number, line = first
    names = line.split("\t")
    missing = [column for column in columns if column not in names]
    if missing:
        raise DataError.at(
            path, number, f"expected a header with columns {', '.join(columns)}; missing: {', '.join(missing)}"
        )
    return names


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)} column{'s'[: len(names) > 1]} ({', '.join(names)})"
