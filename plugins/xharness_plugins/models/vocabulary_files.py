"""Count the tokens of a tokenizer from its files, without loading it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from xharness.foreign import read_json, record

_OBJECT = record({})


def tokens(folder: Path) -> int:
    """Return the highest token id in the files of a tokenizer plus one; 0 if it is known after loading only.

    BadRequest if a file is not JSON. Entries of another form are left to the loading of the tokenizer.
    """
    whole = folder / "tokenizer.json"
    if whole.is_file():
        about = whole.stat()
        return _of_tokenizer(whole, about.st_size, about.st_mtime_ns)
    words, table = folder / "vocab.txt", folder / "vocab.json"
    if words.is_file():
        own = words.read_text(encoding="utf-8", errors="replace").rstrip("\n").count("\n") + 1
    elif table.is_file():
        own = _after(read_json(table, _OBJECT).values())
    else:
        return 0
    added = folder / "added_tokens.json"
    return max(own, _after(read_json(added, _OBJECT).values()) if added.is_file() else 0)


@lru_cache(maxsize=32)
def _of_tokenizer(file: Path, size: int, mtime_ns: int) -> int:
    """Return the number of tokens in a tokenizer.json; it is large, so it is read once while it stays the same."""
    content = read_json(file, _OBJECT)
    model, added = content.get("model"), content.get("added_tokens")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    extra = _after(token.get("id") for token in added if isinstance(token, dict)) if isinstance(added, list) else 0
    if isinstance(vocabulary, dict):
        return max(_after(vocabulary.values()), extra)
    return max(len(vocabulary), extra) if isinstance(vocabulary, list) else 0


def _after(ids: Any) -> int:
    """Return the highest of several ids plus one; 0 if there is none."""
    numbers: Iterator[int] = (number for number in ids if isinstance(number, int))
    return 1 + max(numbers, default=-1)
