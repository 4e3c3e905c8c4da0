"""Write predictions and gold in the official format; `reading` reads the files back to the same scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xharness.errors import DataError
from xharness.specs.tasks import Task

CANDIDATES = 20
"""The maximum number of candidates per query."""


def predictions_file(task: Task, predictions: Any) -> bytes:
    """Return the content of a predictions file, in the format of the task's kind; raise DataError if it is invalid."""
    return _content(_PREDICTIONS, task, predictions)


def labels_file(task: Task, gold: Any) -> bytes:
    """Return the content of a labels file, in the format of the task's kind; raise DataError if it is invalid."""
    return _content(_LABELS, task, gold)


def _content(writers: Mapping[str, Callable[[Any], bytes]], task: Task, content: Any) -> bytes:
    if task.kind.name not in writers:
        raise DataError(f"tasks of kind {task.kind.name} have no official submission format")
    try:
        return writers[task.kind.name](content)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DataError(f"invalid predictions or gold for kind {task.kind.name}: {error!r}") from error


def _lines(values: Iterable[object]) -> bytes:
    return "".join(f"{_line(value)}\n" for value in values).encode()


def _line(value: object) -> str:
    line = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    if line != line.strip() or "\n" in line or "\r" in line:
        raise DataError(f"cannot write {line!r} as a line: the official reader strips it and splits it at line breaks")
    return line


def _choices(indices: Iterable[int]) -> bytes:
    return _lines(json.dumps({"label": index}, allow_nan=False) for index in indices)


def _tags(sentences: Iterable[Sequence[str]]) -> bytes:
    lines: list[str] = []
    for tags in sentences:
        if not all(tags):
            raise DataError("cannot write an empty tag: a blank line ends a sentence")
        lines += [*tags, ""]
    return _lines(lines)


def _pairs(pairs: Iterable[Sequence[str]]) -> bytes:
    rows = [tuple(pair) for pair in pairs]
    for row in rows:
        if any("\t" in name for name in row):
            raise DataError(f"cannot write the pair {row!r}: an id contains a tab, which separates ids")
    return _lines("\t".join(row) for row in rows)


def _nearest(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return _lines(row["prediction"] for row in rows)


def _questions(gold: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    questions = [{"id": name, "answers": [{"text": text} for text in texts]} for name, texts in gold]
    return _json({"version": "1.1", "data": [{"paragraphs": [{"qas": questions}]}]})


def _ranked(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return _candidates((row["id"], row["prediction"][:CANDIDATES]) for row in rows)


def _candidates(lists: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    candidates: dict[str, list[str]] = {}
    for query, names in lists:
        if query in candidates:
            raise DataError(f"duplicate query {query!r}: the file has one entry per query")
        candidates[query] = list(names)
    return _by_id(candidates)


def _by_id(content: Mapping[str, Any], indent: int | None = None) -> bytes:
    if "data" in content:
        raise DataError("cannot write the id 'data': the official evaluator reads only the content of that key")
    return _json(content, indent)


def _json(content: Any, indent: int | None = None) -> bytes:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent)
    return f"{text}\n".encode("utf-8", "backslashreplace")  # escapes lone surrogates as JSON does


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
