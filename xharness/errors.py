"""The errors that the harness raises on purpose, each one clear line: what, where, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self


def few(names: Iterable[object], most: int = 5) -> str:
    """Return names joined by commas: the first `most`, and the number of the others."""
    listed = [str(name) for name in names]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


class XHarnessError(Exception):
    """Base of every error raised on purpose; its text is meant for the user. Subclasses take one text and no more."""

    def after(self, words: str) -> Self:
        """Return an error of the same type whose text begins with `words`."""
        return type(self)(f"{words}{self}")


class BadRequest(XHarnessError):
    """The request cannot be served as it stands; nothing was run (exit code 2)."""


class NotReady(BadRequest):
    """The checkpoint cannot be evaluated on a task without training; the plan adds what would do."""


class UnknownName(BadRequest):
    """The request names something that does not exist: a task, recipe, parameter, language..."""


class BadParameter(BadRequest):
    """The value of a parameter is wrong for every task."""

    @classmethod
    def of(cls, name: str, value: object, problem: str) -> BadParameter:
        """Name the parameter, its value, and what is wrong with it."""
        return cls(f"parameter {name}={value}: {problem}")


class PluginError(XHarnessError):
    """A plugin could not be loaded, or what it declares is not valid."""


class DataError(XHarnessError):
    """A data file is missing or not of the form its task expects; only the cells that need it fail.

    `path` and `problem` are those that `at` was given; None where the error names no file.
    """

    path: str | None = None
    problem: str | None = None

    @classmethod
    def at(cls, path: str | Path, line: int | None, problem: str) -> DataError:
        """Name the file and, where there is one, the 1-based line."""
        where = f"{path}:{line}" if line is not None else str(path)
        error = cls(f"{where}: {problem}")
        error.path, error.problem = str(path), problem
        return error


class StageError(XHarnessError):
    """A stage could not be carried out; the cells that depend on it fail with this reason."""


class StoreError(XHarnessError):
    """An artifact or a result could not be saved or read back; fatal (exit code 1)."""


def reason_of(error: Exception) -> str:
    """Put an error in one line for a record."""
    text = str(error) if isinstance(error, XHarnessError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:500]


def traceback_of(error: Exception) -> str:
    """Return the traceback of an error that nobody raises on purpose, "" for an XHarnessError."""
    import traceback

    return "" if isinstance(error, XHarnessError) else "".join(traceback.format_exception(error))


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean a, b?` with names that mean the same or are spelt alike; "" if there is none."""
    from difflib import get_close_matches

    from xharness.synonyms import synonyms

    names = sorted(set(known))
    near = synonyms(name, names)[:3] or get_close_matches(name, names, n=3, cutoff=0.5)
    return f"; did you mean {', '.join(near)}?" if near else ""


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownName:
    """Build the error for a name that is not known, with the nearest names or the whole short list."""
    names = sorted(set(known))
    hint = suggest(name, names)
    if not hint and names:
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        hint = f"; known: {shown}"
    return UnknownName(f"unknown {what} '{name}'{hint}")
