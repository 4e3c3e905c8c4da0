"""Read facts about a tokenizer from its files, without loading it: its number of tokens, what it does to spaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from xharness.data.forms import read_json, record

_OBJECT = record({})


def tokens(folder: Path) -> int:
    """Return the highest token id in the files of a tokenizer plus one; 0 if it is known after loading only.

    BadRequest if a file is not JSON. Entries of another form are left to the loading of the tokenizer.
    """
    whole = folder / "tokenizer.json"
    if whole.is_file():
        about = whole.stat()
        return _of_tokenizer(whole, about.st_size, about.st_mtime_ns)[0]
    words, table = folder / "vocab.txt", folder / "vocab.json"
    if words.is_file():
        own = words.read_text(encoding="utf-8", errors="replace").rstrip("\n").count("\n") + 1
    elif table.is_file():
        own = _after(read_json(table, _OBJECT).values())
    else:
        return 0
    added = folder / "added_tokens.json"
    return max(own, _after(read_json(added, _OBJECT).values()) if added.is_file() else 0)


def spaces(folder: Path) -> str:
    """Return what a tokenizer does to spaces: `added` before each text, `ignored` before it, or "": none is in a token.

    "" also without a tokenizer.json. BadRequest if the file is not JSON.
    """
    whole = folder / "tokenizer.json"
    if not whole.is_file():
        return ""
    about = whole.stat()
    return _of_tokenizer(whole, about.st_size, about.st_mtime_ns)[1]


@lru_cache(maxsize=32)
def _of_tokenizer(file: Path, size: int, mtime_ns: int) -> tuple[int, str]:
    """Return the number of tokens in a tokenizer.json and what it does to spaces.

    The file is large, so it is read once while it stays the same.
    """
    content = read_json(file, _OBJECT)
    steps = [*_steps(content.get("normalizer")), *_steps(content.get("pre_tokenizer"))]
    spaced = "added" if any(map(_adds_space, steps)) else "ignored" if any(map(_keeps_space, steps)) else ""
    return _count(content), spaced


def _steps(step: Any) -> Iterator[dict[str, Any]]:
    """Yield a step of a tokenizer, or the steps of a sequence."""
    if isinstance(step, dict):
        yield step
        for each in [*(step.get("normalizers") or ()), *(step.get("pretokenizers") or ())]:
            yield from _steps(each)


def _adds_space(step: Mapping[str, Any]) -> bool:
    if step.get("type") == "Metaspace":
        return str(step.get("prepend_scheme") or ("always" if step.get("add_prefix_space") else "never")) != "never"
    return step.get("type") == "Prepend" or (step.get("type") == "ByteLevel" and bool(step.get("add_prefix_space")))


def _keeps_space(step: Mapping[str, Any]) -> bool:
    """Return whether spaces become part of tokens."""
    if step.get("type") == "Replace":
        return step.get("pattern") == {"String": " "} and bool(step.get("content"))
    return step.get("type") in ("ByteLevel", "Metaspace")


def _count(content: Mapping[str, Any]) -> int:
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
