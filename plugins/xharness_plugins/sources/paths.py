"""Path patterns with language fields, digests of files, and lists of names for messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from xharness import LANGUAGES, DataError


def fill(pattern: str, code: str) -> str:
    """Return a pattern with its language fields filled in: {lang}, {name}, {lower}, {iso3}, {tatoeba}, {flores}.

    Raises DataError for an unknown field; a language outside the language table has only {lang}.
    """
    fields = {"lang": code}
    if known := LANGUAGES.get(code):
        fields |= {"name": known.name, "lower": known.name.lower()}
        fields |= {"iso3": known.iso3, "tatoeba": known.tatoeba, "flores": known.flores}
    try:
        return pattern.format_map(fields)
    except (KeyError, IndexError, ValueError):
        allowed = ", ".join(f"{{{name}}}" for name in fields)
        raise DataError(f"pattern '{pattern}' is invalid for language '{code}'; allowed fields: {allowed}") from None


def content_key(parts: Iterable[str], paths: Iterable[Path]) -> str:
    """Return a digest of texts and files, in order; it depends on file names and contents, not on their folders."""
    lines = [*parts, *(f"{path.name}\0{_digest_of(path)}" for path in paths)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def listed(names: Iterable[str], most: int = 6) -> str:
    """Return distinct names joined by commas, at most `most` of them."""
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:most]) + (f", ... ({len(shown)} in all)" if len(shown) > most else "")


def _digest_of(path: Path) -> str:
    try:
        about = path.stat()
        return _digest(path.resolve(), about.st_size, about.st_mtime_ns)
    except OSError as error:
        raise DataError.at(path, None, f"cannot read the file: {error.strerror}") from None


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    """Return the SHA-256 of a file; cached while its size and modification time stay the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
