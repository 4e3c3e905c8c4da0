"""The errors of the harness. Each is one line: what is wrong, where, and what to do."""

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
    """Base class of the errors of the harness; the text is for the user. A subclass takes the text as only argument."""

    def after(self, words: str) -> Self:
        """Return an error of the same type with `words` before its text."""
        return type(self)(f"{words}{self}")

    @classmethod
    def at(cls, path: str | Path, line: int | None, problem: str) -> Self:
        """Name the file and, where there is one, the 1-based line."""
        return cls(f"{path}:{line}: {problem}" if line is not None else f"{path}: {problem}")


class BadRequest(XHarnessError):
    """The request is not valid; nothing was run (exit code 2)."""


class NotReady(BadRequest):
    """The checkpoint cannot be evaluated on a task without training; the plan adds the recipes that train it."""


class UnknownName(BadRequest):
    """The request names something that does not exist: a task, recipe, parameter, language..."""


class BadParameter(BadRequest):
    """The value of a parameter is wrong for every task."""

    @classmethod
    def of(cls, name: str, value: object, problem: str) -> BadParameter:
        """Return the error for a parameter, its value, and the problem."""
        return cls(f"parameter {name}={value}: {problem}")


class PluginError(XHarnessError):
    """A plugin cannot be loaded, or declares an invalid spec."""


class DataError(XHarnessError):
    """A data file is missing or malformed; only the cells that need it fail.

    `path` and `problem` are the arguments of `at`; None if the error names no file.
    """

    path: str | None = None
    problem: str | None = None

    @classmethod
    def at(cls, path: str | Path, line: int | None, problem: str) -> Self:
        """Return the error for a file, its 1-based line (None: the whole file), and the problem."""
        error = super().at(path, line, problem)
        error.path, error.problem = str(path), problem
        return error


class NotFetched(BadRequest, DataError):
    """An offline run needs something that is not on this machine; the text names it, as `model owner/name`."""


class StageError(XHarnessError):
    """A stage failed; the cells that depend on it fail with this reason."""


class StoreError(XHarnessError):
    """An artifact or a result cannot be saved or read; ends the run (exit code 1)."""


def reason_of(error: Exception) -> str:
    """Return the one-line text of an error for a record."""
    text = str(error) if isinstance(error, XHarnessError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:500]


def traceback_of(error: Exception) -> str:
    """Return the traceback of an error that nobody raises on purpose, "" for an XHarnessError."""
    import traceback

    return "" if isinstance(error, XHarnessError) else "".join(traceback.format_exception(error))


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean a, b?` with names that mean the same or are spelt alike; "" if there is none.

    A name that means something else, as `lr` where nothing has a learning rate, is a misspelling only of a name that is
    almost the same.
    """
    from difflib import get_close_matches

    from xharness.synonyms import is_synonym, synonyms

    names = sorted(set(known))
    likeness = 0.8 if is_synonym(name) else 0.5
    near = synonyms(name, names)[:3] or get_close_matches(name, names, n=3, cutoff=likeness)
    return f"; did you mean {', '.join(near)}?" if near else ""


def unknown(what: str, name: str, known: Iterable[str], of: str = "") -> UnknownName:
    """Return the error for an unknown name, with the nearest known names, or the first of all.

    `of` is what the name belongs to, for example `task 'xnli'`.
    """
    names = sorted(set(known))
    hint = suggest(name, names)
    if not hint and names:
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        hint = f"; known: {shown}"
    quoted = f"'{name}'" if name.isprintable() else repr(name)
    owner = f" of {of}" if of else ""
    return UnknownName(f"unknown {what} {quoted}{owner}{hint}")
