"""Read the predictions and labels of a task in a language, and note what the official evaluator does not report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from xharness.data.squad import text_id
from xharness.errors import DataError
from xharness.foreign import shown
from xharness.metrics.chunks import OUTSIDE, flatten, mismatched
from xharness.specs.tasks import Task
from xharness.submission.files import read_json, read_lines, read_sentences, read_values


@dataclass(frozen=True)
class TaskSubmission:
    """Predictions and gold of a task in a language, in the form of its kind; `notes` are remarks for the reader.

    `n` is the number of examples in the label file, None if the metric counts them.
    """

    predictions: Any
    gold: Any
    n: int | None
    notes: Mapping[str, Any]


def read_labels(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read labels, one on each line."""
    predicted, gold = read_lines(predictions), read_lines(labels)
    return TaskSubmission(predicted, gold, len(gold), _unexpected(task, predicted, gold))


def _unexpected(task: Task, predicted: Iterable[str], gold: Iterable[str]) -> dict[str, Any]:
    labels = getattr(task, "labels", ())
    unknown = {"predictions": sorted(set(predicted).difference(labels)), "labels": sorted(set(gold).difference(labels))}
    return {"unexpected_labels": {side: names for side, names in unknown.items() if names}} if labels else {}


def read_choices(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read choices: a JSON object with the index `label` on each line."""
    predicted, gold = read_values(predictions, "label"), read_values(labels, "label")
    odd = {"predictions": _no_numbers(predicted), "labels": _no_numbers(gold)}
    return TaskSubmission(
        predicted, gold, len(gold), {"no_numbers": {side: values for side, values in odd.items() if values}}
    )


def _no_numbers(values: Iterable[Any]) -> list[str]:
    return sorted({repr(value) for value in values if not isinstance(value, int | float)})


def read_tags(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read tags, one on each line; a blank line ends a sentence."""
    predicted, gold = read_sentences(predictions), read_sentences(labels)
    n = len(gold)
    notes = _unexpected(task, chain.from_iterable(predicted), chain.from_iterable(gold))
    mismatches = mismatched(predicted, gold) if len(predicted) == n else []
    if mismatches:
        notes["tag_counts"] = [
            {"sentence": index + 1, "predicted": len(predicted[index]), "gold": len(gold[index])}
            for index in mismatches
        ]
        predicted, gold = _one_sentence(predicted, gold)
    return TaskSubmission(predicted, gold, n, notes)


def _one_sentence(predicted: list[list[str]], gold: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """Return each corpus as one sentence, so that a missing tag shifts all later tags, as in the official evaluator."""
    flat = [flatten(predicted), flatten(gold)]
    size = max(map(len, flat))
    padded = [tags + [OUTSIDE] * (size - len(tags)) for tags in flat]
    return [padded[0]], [padded[1]]


def read_answers(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read answers by question id, and gold in the form of SQuAD."""
    answers, repeated = _by_id(predictions, "the text of its answer")
    questions = _questions(labels)
    blank = bool(questions) and not any(text for _, texts in questions for text in texts)
    return TaskSubmission(answers, questions, len(questions), {"repeated_predictions": repeated, "blank_gold": blank})


def _by_id(path: Path, what: str) -> tuple[Mapping[str, Any], list[str]]:
    """Return the content of a file by question id, and the repeated ids, of which the last counts."""
    repeated: list[str] = []

    def remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        unique = dict(pairs)
        if len(unique) < len(pairs):
            repeated.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return unique

    content = read_json(path, remember)
    if not isinstance(content, Mapping):
        raise DataError.at(path, None, f"expected an object that maps each question id to {what}")
    return content, repeated


def _questions(path: Path) -> list[tuple[str, list[str]]]:
    questions = []
    try:
        for article in read_json(path):
            for paragraph in article["paragraphs"]:
                for question in paragraph["qas"]:
                    questions.append((text_id(question["id"]), [answer["text"] for answer in question["answers"]]))
    except (KeyError, TypeError) as error:
        problem = f"not in the SQuAD format, data > paragraphs > qas > id, answers > text ({error!r})"
        raise DataError.at(path, None, problem) from None
    for name, texts in questions:
        for text in (name, *texts):
            if not isinstance(text, str):
                raise DataError.at(path, None, f"question {shown(name)}: expected text, not {shown(text)}")
    return questions


def read_candidates(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read the candidates of each query, and all its gold candidates."""
    ranked, repeated = _by_id(predictions, "a list of candidate ids, the best first")
    gold = _relevant(labels)
    rows = [{"id": query, "prediction": _listed(value), "ranks": None} for query, value in ranked.items()]
    unlisted = [query for query, value in ranked.items() if isinstance(value, str)]
    return TaskSubmission(rows, gold, len(gold), {"repeated_predictions": repeated, "unlisted": unlisted})


def _listed(value: Any) -> Any:
    """Return candidates as the official evaluator compares them: a text is read as a list of characters."""
    return [item if isinstance(item, str) else None for item in value] if isinstance(value, list | str) else value


def _relevant(path: Path) -> list[tuple[str, list[str]]]:
    gold, _ = _by_id(path, "a list of gold candidate ids")
    for query, ids in gold.items():
        if not isinstance(ids, list) or not ids or not all(isinstance(name, str) for name in ids):
            problem = f"question {shown(query)}: expected a list of ids of gold candidates, not {shown(ids)}"
            raise DataError.at(path, None, problem)
    return list(gold.items())


def read_first_candidates(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read the candidates of each query, and its first gold candidate, which alone the official evaluator compares."""
    content = read_candidates(task, predictions, labels)
    gold = [(query, [ids[0].strip()]) for query, ids in content.gold]
    more = [query for query, ids in content.gold if len(ids) > 1]
    return TaskSubmission(content.predictions, gold, content.n, {**content.notes, "more_gold": more})


def read_nearest(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read the line of the nearest neighbour, one on each line."""
    gold = read_lines(labels)
    return TaskSubmission([{"prediction": line} for line in read_lines(predictions)], gold, len(gold), {})


def read_pairs(task: Task, predictions: Path, labels: Path) -> TaskSubmission:
    """Read pairs of ids, a pair on each line."""
    predicted, gold = ([tuple(line.split("\t")) for line in read_lines(path)] for path in (predictions, labels))
    return TaskSubmission(predicted, gold, None, {"nothing_mined": not predicted})
