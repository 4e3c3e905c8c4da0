"""The sheet of MultiCheckList: templates and lists of values for their placeholders, one column per language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from xharness import DataError
from xharness.data.lines import read_lines

TEMPLATES = ("Context", "Question", "Answer")
# `{a:name}` adds an English article, which other languages do not have; `{s}` abbreviates the name of a list.
_MODIFIER, _SHORT = re.compile(r"\{\w:"), ("{s}", "{state}")


@dataclass(frozen=True)
class Variant:
    """A text of a row. `when` are the English words for which it is used; empty: for all."""

    text: str
    when: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SheetRow:
    """A row of the sheet in one language: its English text, and its texts in the language."""

    line: int
    field: str
    english: str
    variants: tuple[Variant, ...]

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the English words that identify the row in columns of placeholders, with and without articles."""
        words = _words(self.english)
        return words | {rest for word in words if (rest := word.partition(" ")[2])}


@dataclass(frozen=True)
class Sheet:
    """The sheet in one language: the templates of each test, by `TEMPLATES`, and all lists."""

    path: Path
    language: str
    tests: Mapping[str, Mapping[str, Sequence[SheetRow]]]
    lists: Mapping[str, Sequence[SheetRow]]

    @cached_property
    def words(self) -> Mapping[str, frozenset[str]]:
        """Return the words that identify the rows of each list, and of all contexts under `Context`."""
        contexts = [entry for test in self.tests.values() for entry in test["Context"]]
        entries = {**self.lists, "Context": contexts}
        return {field: frozenset().union(*(entry.words for entry in rows)) for field, rows in entries.items()}

    def error(self, line: int | None, problem: str) -> DataError:
        """Return an error with the file, the line and the language."""
        return DataError.at(self.path, line, f"language '{self.language}': {problem}")


def read_sheet(path: Path, language: str) -> Sheet:
    """Read the columns of a language and of English.

    A column `xx-placeholders` contains the English words for which the texts of the preceding column `xx` are used; in
    rows `Answer` it contains an alternative text. Raises DataError with the line if the language is missing, a row has
    the wrong number of columns or no text, or a text is for words that are not in the sheet.

    Source: google-research/xtreme, multichecklist/checklist_templates.tsv; generate_tests.py reads it.
    """
    tests: dict[str, dict[str, list[SheetRow]]] = {}
    lists: dict[str, list[SheetRow]] = {}
    title = ""
    for entry in _entries(path, language):
        if entry.field == "Name":
            title = entry.english
            tests[title] = {field: [] for field in TEMPLATES}
        elif not title:
            raise DataError.at(path, entry.line, f"row '{entry.field}' before the first row 'Name'")
        elif entry.field in TEMPLATES:
            tests[title][entry.field].append(entry)
        elif entry.field != "Capability":
            lists.setdefault(entry.field, []).append(entry)
    sheet = Sheet(path, language, tests, lists)
    for entries in (*(rows for test in tests.values() for rows in test.values()), *lists.values()):
        for entry in entries:
            _check(sheet, entry)
    return sheet


def _entries(path: Path, language: str) -> Iterator[SheetRow]:
    lines = read_lines(path)
    header = next(lines, (1, ""))[1].split("\t")
    for code in ("en", language):
        if code not in header:
            known = ", ".join(dict.fromkeys(name for name in header[1:] if not name.endswith("-placeholders")))
            raise DataError.at(path, 1, f"no column for language '{code}'; available: {known}")
    english = header.index("en")
    for number, line in lines:
        cells = [_MODIFIER.sub("{", cell.strip()).replace(*_SHORT) for cell in line.split("\t")]
        if not cells[0]:
            continue
        if len(cells) != len(header):
            raise DataError.at(path, number, f"expected {len(header)} columns, as in the header, got {len(cells)}")
        variants = tuple(_variants(header, cells, language))
        yield SheetRow(number, cells[0], cells[english], variants)


def _variants(header: Sequence[str], cells: Sequence[str], language: str) -> Iterator[Variant]:
    for column, name in enumerate(header):
        if name != language:
            continue
        follows = header[column + 1 : column + 2] == [f"{language}-placeholders"]
        condition = cells[column + 1] if follows else ""
        if cells[0] == "Answer":
            yield from (Variant(text) for text in (cells[column], condition) if text)
        elif cells[column]:
            yield Variant(cells[column], _words(condition))


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in text.split(",") if word.strip())


def _check(sheet: Sheet, entry: SheetRow) -> None:
    if not entry.variants:
        raise sheet.error(entry.line, f"row '{entry.field}' has no text")
    for variant in entry.variants:
        if variant.when and not any(variant.when & words for words in sheet.words.values()):
            words = ", ".join(sorted(variant.when))
            raise sheet.error(entry.line, f"'{variant.text}' is for the words {words}, which are not in any list")
