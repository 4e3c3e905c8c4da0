"""Names with fields, and digests of files: what the sources need of paths."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from xharness import LANGUAGES, DataError


def fill(pattern: str, code: str) -> str:
    """Return a name with the fields of a language filled in: {lang}, {name}, {lower}, {iso3}, {tatoeba}, {flores}.

    DataError for another field, and for a language that is not in the table where more than {lang} is asked for.
    """
    fields = {"lang": code}
    if known := LANGUAGES.get(code):
        fields |= {"name": known.name, "lower": known.name.lower()}
        fields |= {"iso3": known.iso3, "tatoeba": known.tatoeba, "flores": known.flores}
    try:
        return pattern.format_map(fields)
    except (KeyError, IndexError, ValueError):
        filled = ", ".join(f"{{{name}}}" for name in fields)
        raise DataError(f"'{pattern}' cannot be filled in for language '{code}': it may hold {filled}") from None


def content_key(parts: Iterable[str], paths: Iterable[Path]) -> str:
    """Return a digest of some words and of files, in their order: their names and contents, not where they lie."""
    lines = [*parts, *(f"{path.name}\0{_digest_of(path)}" for path in paths)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def listed(names: Iterable[str], most: int = 6) -> str:
    """Return names in a row, cut short where they are many."""
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:most]) + (f", ... ({len(shown)} in all)" if len(shown) > most else "")


def _digest_of(path: Path) -> str:
    try:
        about = path.stat()
        return _digest(path.resolve(), about.st_size, about.st_mtime_ns)
    except OSError as error:
        raise DataError.at(path, None, f"cannot be read: {error.strerror}") from None


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    """Read a file once in a process, as long as its size and time stay what they are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
