"""The lines of a task's module that define its columns, its reader and its files."""

from __future__ import annotations

from collections.abc import Sequence

from xharness.new.forms import Form
from xharness.new.looking import DataFiles
from xharness.new.rendering import WIDTH, quoted, source_of
from xharness.new.shapes import Shape
from xharness.specs.sources import CANDIDATES

_NUMBERS = ("no", "one", "two", "three", "four", "five")


def columns_of(shape: Shape) -> list[str]:
    """Return the lines of the constant COLUMNS, none if the shape has no columns."""
    rows = [f"    {quoted(name)}: {source}," for name, source in shape.columns.items()]
    return ["COLUMNS = {", *rows, "}"] if rows else []


def readers_of(shape: Shape, form: Form, selecting: tuple[str | None, str | None], *, divides: bool) -> list[str]:
    """Return the lines that define READ, the reader of a table.

    `selecting` are the columns of languages and of splits. `divides`: the rows are divided among the splits.
    """
    language, split = selecting
    named = "COLUMNS" + (f", language={quoted(language)}" if language else "")
    made = f"parallel_reader({quoted(shape.query)}, COLUMNS" if shape.query else f"table_reader({named}"
    whole = f"{made})"
    rows = f"{made}, split={quoted(split)})" if split else whole

    def reader(rows: str) -> str:
        taken = divided(rows, shape, form) if divides else rows
        return f"{shape.wrap}({taken})" if shape.wrap else taken

    if shape.wrap == "pooled":
        taken = divided("ROWS", shape, form) if divides else "ROWS"
        return [f"ROWS = {rows}", f"READ = pooled({taken}, {whole if split else 'ROWS'})"]
    if shape.wrap and len(reader(rows)) > WIDTH:
        return [f"ROWS = {rows}", f"READ = {reader('ROWS')}"]
    return [f"READ = {reader(rows)}"]


def divided(reader: str, shape: Shape, form: Form) -> str:
    """Return the source of a reader that divides the rows of another among the splits of a kind."""
    if len(form.splits) == 1:
        return reader
    by = f", by={quoted(shape.by)}" if shape.by else ""
    turns = "" if form.turns == Form.turns else f", turns={source_of(form.turns, '')}"
    return f"divided({reader}{by}{turns})"


def turns_of(form: Form) -> str:
    """Return in words how the rows of a file are divided among the splits of a kind."""
    if len(form.splits) == 1:
        return "the kind needs no training: all rows are for testing"
    counts = [(form.turns.count(name), name) for name in form.splits]
    parts = [f"{_NUMBERS[count]} {'is' if count == 1 else 'are'} {name}" for count, name in counts]
    return f"divided: of {_NUMBERS[len(form.turns)]} rows, {', '.join(parts)}"


def files_source(files: DataFiles, splits: Sequence[str], *, pool: bool) -> str:
    """Return the source of the constant FILES; with a `pool`, its candidates are read from the files of all splits."""
    more = (CANDIDATES,) if pool else ()
    if files.divided:
        fill = source_of((next(iter(files.patterns.values())),), "")
        names = (*splits, *more)
        return f"dict.fromkeys({source_of(names, '')}, {fill})" if len(names) > 1 else f"{{{quoted(names[0])}: {fill}}}"
    patterns: dict[str, tuple[str, ...]] = {split: (pattern,) for split, pattern in files.patterns.items()}
    patterns |= dict.fromkeys(more, tuple(files.patterns.values()))
    rows = "".join(f"    {quoted(split)}: {source_of(each, '')},\n" for split, each in patterns.items())
    return f"{{\n{rows}}}"
