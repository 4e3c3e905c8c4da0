"""What the data of a new task contain: columns with their values, files by split and language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from xharness.data.tables import TABLES, read_table, split_of
from xharness.errors import BadRequest
from xharness.languages import LANGUAGES, canonical

TAGGED = (".conll", ".iob", ".bio", ".txt")
_MOST = 1_000_000
_PARTS = re.compile(r"([._-])")


@dataclass(frozen=True)
class Look:
    """The columns of data with their values, up to a limit, and the class names that a repository declares."""

    where: str
    columns: Mapping[str, Sequence[Any]]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def texts(self, column: str) -> list[str]:
        """Return the values of a column as texts, without nulls."""
        return [str(value) for value in self.columns[column] if value is not None]

    def distinct(self, column: str) -> list[str]:
        """Return the distinct values of a column in sorted order, class names in their own order."""
        return list(self.classes.get(column, ())) or sorted(set(self.texts(column)))

    def listed(self, column: str) -> bool:
        """Return whether the values of a column are lists."""
        return any(isinstance(value, list) for value in self.columns[column])


@dataclass(frozen=True)
class DataFiles:
    """The files of a task: the pattern of each split, and the languages in the file names; without these one file."""

    paths: tuple[Path, ...]
    patterns: Mapping[str, str]
    languages: tuple[str, ...] = ()

    @property
    def divided(self) -> bool:
        """Return whether all splits have the same files."""
        return len(set(self.patterns.values())) == 1


def format_of(path: Path) -> str:
    """Return `table`, `squad` or `tagged`; BadRequest if the file does not exist or has another format."""
    if path.is_dir():
        raise BadRequest(
            f"--from {path}: this is a folder; give a file in it: files with other splits or languages join it"
        )
    if not path.is_file():
        raise BadRequest(f"--from {path}: no such file; give a file, or the id of a hub repository as owner/name")
    suffix = path.suffix.lower()
    if suffix in TAGGED:
        return "tagged"
    if suffix not in TABLES:
        known = ", ".join((*TABLES, *TAGGED))
        raise BadRequest(f"--from {path}: unknown format '{suffix}'; known: {known}")
    with path.open(encoding="utf-8", errors="replace") as file:
        start = file.read(2000).lstrip("\ufeff \n\r\t")
    return "squad" if suffix == ".json" and start.startswith("{") else "table"


def look_at(path: Path) -> Look:
    """Return the columns of a table; raise DataError if it is malformed, BadRequest if it has no rows."""
    rows = [row for _, row in islice(read_table(path), _MOST)]
    if not rows:
        raise BadRequest(f"--from {path}: the file has no rows")
    names = dict.fromkeys(name for row in rows for name in row)
    return Look(path.name, {name: [row.get(name) for row in rows] for name in names})


def files_of(path: Path, *, by_language: bool) -> DataFiles:
    """Return the files that belong together with one of them, by the languages and splits in their names.

    A language in a file name counts if the files have no column of languages (`by_language`). `train-en.csv` and
    `test-sw.csv` belong together, for example.
    """
    parts = _PARTS.split(path.stem)
    language = next((n for n in reversed(range(len(parts))) if by_language and _known(parts[n])), None)
    split = next((n for n in range(len(parts)) if split_of(parts[n])), None)
    found: dict[tuple[str, str], Path] = {}
    for other in sorted(path.parent.glob(f"*{path.suffix}")):
        own = _PARTS.split(other.stem)
        if len(own) != len(parts) or any(own[n] != parts[n] for n in range(len(parts)) if n not in (language, split)):
            continue
        code = _known(own[language]) if language is not None else ""
        part = split_of(own[split]) if split is not None else "train"
        if code is not None and part:
            found[part, own[language] if language is not None else ""] = other
    spelt = [name for _, name in found if name]
    codes = tuple(sorted(dict.fromkeys(spelt)))
    patterns = {}
    for (part, _), other in found.items():
        own = _PARTS.split(other.stem)
        patterns[part] = "".join("{lang}" if n == language else text for n, text in enumerate(own)) + path.suffix
    if split is None:
        patterns = dict.fromkeys(("train", "dev", "test"), *patterns.values())
    return DataFiles(tuple(found.values()), patterns, codes)


def _known(text: str) -> str | None:
    code = canonical(text)
    return code if code in LANGUAGES and code == text else None
