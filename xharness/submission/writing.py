"""Predictions and gold as the content of official files, which `reading` reads back to the same scores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xharness.errors import DataError

CANDIDATES = 20
"""How many candidates of a query count."""


def lines(values: Iterable[object]) -> bytes:
    """Write a value on each line."""
    return "".join(f"{_line(value)}\n" for value in values).encode()


def _line(value: object) -> str:
    line = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    if line != line.strip() or "\n" in line or "\r" in line:
        raise DataError(f"{line!r} cannot stand on a line: it is read without the spaces around it, up to a line end")
    return line


def choices(places: Iterable[int]) -> bytes:
    """Write choices: a JSON object with the index `label` on each line."""
    return lines(json.dumps({"label": place}, allow_nan=False) for place in places)


def tags_by_line(sentences: Iterable[Sequence[str]]) -> bytes:
    """Write tags, one on each line, and a blank line after each sentence."""
    rows: list[str] = []
    for tags in sentences:
        if not all(tags):
            raise DataError("an empty tag cannot be written: a blank line ends the sentence")
        rows += [*tags, ""]
    return lines(rows)


def pairs_of_ids(pairs: Iterable[Sequence[str]]) -> bytes:
    """Write pairs of ids, a pair on each line."""
    rows = [tuple(pair) for pair in pairs]
    for row in rows:
        if any("\t" in name for name in row):
            raise DataError(f"{row!r} cannot stand on a line: a tab ends an id")
    return lines("\t".join(row) for row in rows)


def nearest(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write the line of each nearest neighbour."""
    return lines(row["prediction"] for row in rows)


def questions(gold: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    """Write gold answers in the form of SQuAD."""
    asked = [{"id": name, "answers": [{"text": text} for text in texts]} for name, texts in gold]
    return _json({"version": "1.1", "data": [{"paragraphs": [{"qas": asked}]}]})


def ranked(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write the best candidates of each query, as many as count."""
    return candidates((row["id"], row["prediction"][:CANDIDATES]) for row in rows)


def candidates(lists: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    """Write the gold candidates of each query."""
    found: dict[str, list[str]] = {}
    for query, names in lists:
        if query in found:
            raise DataError(f"query {query!r} occurs twice: the file has room for one")
        found[query] = list(names)
    return _by_id(found)


def _by_id(found: Mapping[str, Any], indent: int | None = None) -> bytes:
    if "data" in found:
        raise DataError("an id 'data' cannot be written: the official evaluator reads only what stands under it")
    return _json(found, indent)


def _json(content: Any, indent: int | None = None) -> bytes:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent)
    return f"{text}\n".encode("utf-8", "backslashreplace")  # a lone surrogate as JSON's own escape


def answers(texts: Mapping[str, str]) -> bytes:
    """Write the answer of each question id."""
    return _by_id(dict(texts), indent=1)
