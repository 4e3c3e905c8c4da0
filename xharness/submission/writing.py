"""Write predictions and gold in the official format; `reading` reads the files back to the same scores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xharness.errors import DataError

CANDIDATES = 20
"""The maximum number of candidates per query."""


def lines(values: Iterable[object]) -> bytes:
    """Write a value on each line."""
    return "".join(f"{_line(value)}\n" for value in values).encode()


def _line(value: object) -> str:
    line = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    if line != line.strip() or "\n" in line or "\r" in line:
        raise DataError(f"cannot write {line!r} as a line: the official reader strips it and splits it at line breaks")
    return line


def choices(indices: Iterable[int]) -> bytes:
    """Write choices: a JSON object with the index `label` on each line."""
    return lines(json.dumps({"label": index}, allow_nan=False) for index in indices)


def tags_by_line(sentences: Iterable[Sequence[str]]) -> bytes:
    """Write tags, one on each line, and a blank line after each sentence."""
    rows: list[str] = []
    for tags in sentences:
        if not all(tags):
            raise DataError("cannot write an empty tag: a blank line ends a sentence")
        rows += [*tags, ""]
    return lines(rows)


def pairs_of_ids(pairs: Iterable[Sequence[str]]) -> bytes:
    """Write pairs of ids, a pair on each line."""
    rows = [tuple(pair) for pair in pairs]
    for row in rows:
        if any("\t" in name for name in row):
            raise DataError(f"cannot write the pair {row!r}: an id contains a tab, which separates ids")
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
    by_query: dict[str, list[str]] = {}
    for query, names in lists:
        if query in by_query:
            raise DataError(f"duplicate query {query!r}: the file has one entry per query")
        by_query[query] = list(names)
    return _by_id(by_query)


def _by_id(content: Mapping[str, Any], indent: int | None = None) -> bytes:
    if "data" in content:
        raise DataError("cannot write the id 'data': the official evaluator reads only the content of that key")
    return _json(content, indent)


def _json(content: Any, indent: int | None = None) -> bytes:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent)
    return f"{text}\n".encode("utf-8", "backslashreplace")  # escapes lone surrogates as JSON does


def answers(texts: Mapping[str, str]) -> bytes:
    """Write the answer of each question id."""
    return _by_id(dict(texts), indent=1)
