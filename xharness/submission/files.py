"""The files of a submission, read exactly as the official evaluator reads them, with what it would not tell.

Source: google-research/xtreme, evaluate.py, read_label, read_tag and read_squad.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from xharness.errors import DataError
from xharness.metrics.chunks import OUTSIDE, flatten, mismatched
from xharness.specs.tasks import Task


@dataclass(frozen=True)
class Content:
    """Predictions and gold of a task in a language in the forms of its kind; `notes` say what a reader should know.

    `n` counts the examples of the label file, None where the metric has to count them.
    """

    predictions: Any
    gold: Any
    n: int | None
    notes: Mapping[str, Any]


def file_name(task: Task, language: str) -> str:
    """Return the name that the official evaluator gives to the file of a language."""
    return f"test-{language}.{'json' if task.kind.name == 'span-qa' else 'tsv'}"


def read(task: Task, predictions: Path, labels: Path) -> Content:
    """Read the two files of a language; DataError where one cannot be read, or the kind has no official files."""
    if task.kind.name not in _READERS:
        raise DataError(f"tasks of kind {task.kind.name} have no official submission files")
    content = _READERS[task.kind.name](task, predictions, labels)
    marked = [str(path) for path in (predictions, labels) if _marked(path)]
    notes = {**content.notes, "byte_order_mark": marked}
    return Content(
        content.predictions, content.gold, content.n, {name: found for name, found in notes.items() if found}
    )


def _labels(task: Task, predictions: Path, labels: Path) -> Content:
    ours, gold = _lines(predictions), _lines(labels)
    return Content(ours, gold, len(gold), _unexpected(task, ours, gold))


def _tags(task: Task, predictions: Path, labels: Path) -> Content:
    ours, gold = _sentences(predictions), _sentences(labels)
    n = len(gold)
    notes = _unexpected(task, chain.from_iterable(ours), chain.from_iterable(gold))
    different = mismatched(ours, gold) if len(ours) == n else []
    if different:
        notes["tag_counts"] = [
            {"sentence": place + 1, "predicted": len(ours[place]), "gold": len(gold[place])} for place in different
        ]
        ours, gold = _one_sentence(ours, gold)
    return Content(ours, gold, n, notes)


def _one_sentence(ours: list[list[str]], gold: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the corpora as one sentence each, so that a missing tag shifts all later ones, as it does officially."""
    flat = [flatten(ours), flatten(gold)]
    size = max(map(len, flat))
    padded = [tags + [OUTSIDE] * (size - len(tags)) for tags in flat]
    return [padded[0]], [padded[1]]


def _answers(task: Task, predictions: Path, labels: Path) -> Content:
    repeated: list[str] = []

    def remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        unique = dict(pairs)
        if len(unique) < len(pairs):
            repeated.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return unique

    answers = _json(predictions, remember)
    if not isinstance(answers, Mapping):
        raise DataError.at(predictions, None, "expected an object that maps each question id to the text of its answer")
    questions = _questions(labels)
    blank = bool(questions) and not any(text for _, texts in questions for text in texts)
    return Content(answers, questions, len(questions), {"repeated_predictions": repeated, "blank_gold": blank})


def _questions(path: Path) -> list[tuple[str, list[str]]]:
    questions = []
    try:
        for article in _json(path):
            for paragraph in article["paragraphs"]:
                for question in paragraph["qas"]:
                    questions.append((question["id"], [answer["text"] for answer in question["answers"]]))
    except (KeyError, TypeError) as error:
        problem = f"not in the form of SQuAD, data > paragraphs > qas > id, answers > text ({error!r})"
        raise DataError.at(path, None, problem) from None
    for name, texts in questions:
        for text in (name, *texts):
            if not isinstance(text, str):
                raise DataError.at(path, None, f"question {name!r}: expected text, not {text!r}")
    return questions


def _nearest(task: Task, predictions: Path, labels: Path) -> Content:
    gold = _lines(labels)
    return Content([{"prediction": line} for line in _lines(predictions)], gold, len(gold), {})


def _pairs(task: Task, predictions: Path, labels: Path) -> Content:
    ours, gold = ([tuple(line.split("\t")) for line in _lines(path)] for path in (predictions, labels))
    return Content(ours, gold, None, {"nothing_mined": not ours})


_READERS: Mapping[str, Callable[[Task, Path, Path], Content]] = {
    "classification": _labels,
    "tagging": _tags,
    "span-qa": _answers,
    "bitext-retrieval": _nearest,
    "bitext-mining": _pairs,
}


def _unexpected(task: Task, ours: Iterable[str], gold: Iterable[str]) -> dict[str, Any]:
    labels = getattr(task, "labels", ())
    found = {"predictions": sorted(set(ours).difference(labels)), "labels": sorted(set(gold).difference(labels))}
    return {"unexpected_labels": {side: names for side, names in found.items() if names}} if labels else {}


def _text(path: Path) -> str:
    """Return the text of a UTF-8 file with its line ends (LF, CRLF or CR) as LF; a byte order mark is kept."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError.at(path, line, f"byte 0x{raw[error.start]:02x} is not UTF-8") from None
    except OSError as error:
        raise DataError.at(path, None, f"cannot be read: {error.strerror}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class _Stripped(dict[str, str]):
    """Lines without the spaces around them; equal lines are one object."""

    def __missing__(self, line: str) -> str:
        self[line] = line.strip()
        return self[line]


def _lines(path: Path) -> list[str]:
    lines = _text(path).split("\n")
    if not lines[-1]:
        lines.pop()
    return list(map(_Stripped().__getitem__, lines))


def _sentences(path: Path) -> list[list[str]]:
    """Return the sentences: a blank line ends one, even an empty one; the last may go without."""
    lines = _lines(path)
    if lines and lines[-1]:
        lines.append("")
    sentences, start = [], 0
    while start < len(lines):
        end = lines.index("", start)
        sentences.append(lines[start:end])
        start = end + 1
    return sentences


def _json(path: Path, hook: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    try:
        found = json.loads(_text(path), object_pairs_hook=hook)
    except json.JSONDecodeError as error:
        raise DataError.at(path, error.lineno, f"not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise DataError.at(path, None, f"not JSON that can be read: {error}") from None
    return found["data"] if isinstance(found, Mapping) and "data" in found else found


def _marked(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
