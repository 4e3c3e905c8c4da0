"""The errors that the harness raises on purpose, each one clear line: what, where, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class XHarnessError(Exception):
    """Base of every error raised on purpose; its text is meant for the user."""


class BadRequest(XHarnessError):
    """The request cannot be served as it stands; nothing was run (exit code 2)."""


class NotReady(BadRequest):
    """The checkpoint cannot be evaluated on a task without training; the plan adds what would do."""


class PluginError(XHarnessError):
    """A plugin could not be loaded, or what it declares is not valid."""


class DataError(XHarnessError):
    """A data file is missing or not of the form its task expects; only the cells that need it fail."""

    @classmethod
    def at(cls, path: str | Path, line: int | None, problem: str) -> DataError:
        """Name the file and, where there is one, the 1-based line."""
        where = f"{path}:{line}" if line is not None else str(path)
        return cls(f"{where}: {problem}")


class StageError(XHarnessError):
    """A stage could not be carried out; the cells that depend on it fail with this reason."""


class StoreError(XHarnessError):
    """An artifact or a result could not be saved or read back; fatal (exit code 1)."""


def reason_of(error: Exception) -> str:
    """Put an error in one line for a record."""
    text = str(error) if isinstance(error, XHarnessError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:500]


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean a, b?`, or nothing where no known name is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(set(known)), n=3, cutoff=0.5)
    return f"; did you mean {', '.join(near)}?" if near else ""


def mistaken(reason: str) -> bool:
    """Say whether a reason tells of a name or a value that is wrong whatever it is for: a slip of the user's."""
    return reason.removeprefix("nothing to run: ").startswith(("parameter ", "unknown "))


def unknown(what: str, name: str, known: Iterable[str]) -> BadRequest:
    """Build the error for a name that is not known, with the nearest names or the whole short list."""
    names = sorted(set(known))
    hint = suggest(name, names)
    if not hint and names:
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        hint = f"; known: {shown}"
    return BadRequest(f"unknown {what} '{name}'{hint}")
