"""Predictions and gold in the official form: the content of the files that `reading` reads back to the same scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xharness.errors import DataError
from xharness.specs.tasks import Task

CANDIDATES = 20
"""How many candidates of a query count."""


def predictions_file(task: Task, predictions: Any) -> bytes:
    """Return the file of a language's predictions, in the form of the task's kind; DataError where one does not fit."""
    return _content(_PREDICTIONS, task, predictions)


def labels_file(task: Task, gold: Any) -> bytes:
    """Return the file of a language's gold, in the form of the task's kind; DataError where some does not fit."""
    return _content(_LABELS, task, gold)


def _content(writers: Mapping[str, Callable[[Any], bytes]], task: Task, content: Any) -> bytes:
    if task.kind.name not in writers:
        raise DataError(f"tasks of kind {task.kind.name} have no official submission files")
    try:
        return writers[task.kind.name](content)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DataError(f"not predictions or gold of the kind {task.kind.name}: {error!r}") from error


def _lines(values: Iterable[object]) -> bytes:
    return "".join(f"{_line(value)}\n" for value in values).encode()


def _line(value: object) -> str:
    line = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    if line != line.strip() or "\n" in line or "\r" in line:
        raise DataError(f"{line!r} cannot stand on a line: it is read without the spaces around it, up to a line end")
    return line


def _choices(places: Iterable[int]) -> bytes:
    return _lines(json.dumps({"label": place}, allow_nan=False) for place in places)


def _tags(sentences: Iterable[Sequence[str]]) -> bytes:
    lines: list[str] = []
    for tags in sentences:
        if not all(tags):
            raise DataError("an empty tag cannot be written: a blank line ends the sentence")
        lines += [*tags, ""]
    return _lines(lines)


def _pairs(pairs: Iterable[Sequence[str]]) -> bytes:
    rows = [tuple(pair) for pair in pairs]
    for row in rows:
        if any("\t" in name for name in row):
            raise DataError(f"{row!r} cannot stand on a line: a tab ends an id")
    return _lines("\t".join(row) for row in rows)


def _nearest(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return _lines(row["prediction"] for row in rows)


def _questions(gold: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    asked = [{"id": name, "answers": [{"text": text} for text in texts]} for name, texts in gold]
    return _json({"version": "1.1", "data": [{"paragraphs": [{"qas": asked}]}]})


def _ranked(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return _candidates((row["id"], row["prediction"][:CANDIDATES]) for row in rows)


def _candidates(lists: Iterable[tuple[str, Sequence[str]]]) -> bytes:
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


_PREDICTIONS: Mapping[str, Callable[[Any], bytes]] = {
    "classification": _lines,
    "multiple-choice": _choices,
    "tagging": _tags,
    "span-qa": lambda answers: _by_id(dict(answers), indent=1),
    "bitext-retrieval": _nearest,
    "bitext-mining": _pairs,
    "passage-retrieval": _ranked,
}
_LABELS = {**_PREDICTIONS, "span-qa": _questions, "bitext-retrieval": _lines, "passage-retrieval": _candidates}
