"""The official files of each kind of task: how they are named, read and written.

The table is closed on purpose: the files are those of the official evaluator, and a new kind has none.
Source: google-research/xtreme, evaluate.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xharness.errors import DataError
from xharness.specs.tasks import Task
from xharness.submission import reading, writing
from xharness.submission.files import marked
from xharness.submission.reading import TaskSubmission

Read = Callable[[Task, Path, Path], TaskSubmission]
Write = Callable[[Any], bytes]


@dataclass(frozen=True)
class Form:
    """The official files of a kind: the suffix of their names, their reader, and the writers of predictions and gold.

    `read_official` reads as the official evaluator does where it does not read all that `read` reads.
    """

    suffix: str
    read: Read
    write: Write
    write_gold: Write
    read_official: Read | None = None


FORMS: Mapping[str, Form] = {
    "classification": Form("tsv", reading.read_labels, writing.lines, writing.lines),
    "multiple-choice": Form("jsonl", reading.read_choices, writing.choices, writing.choices),
    "tagging": Form("tsv", reading.read_tags, writing.tags_by_line, writing.tags_by_line),
    "span-qa": Form("json", reading.read_answers, writing.answers, writing.questions),
    "bitext-retrieval": Form("tsv", reading.read_nearest, writing.nearest, writing.lines),
    "bitext-mining": Form("tsv", reading.read_pairs, writing.pairs_of_ids, writing.pairs_of_ids),
    "passage-retrieval": Form(
        "json", reading.read_candidates, writing.ranked, writing.candidates, reading.read_first_candidates
    ),
}


def file_name(task: Task, language: str) -> str:
    """Return the name that the official evaluator gives to the file of a language."""
    form = FORMS.get(task.kind.name)
    return f"test-{language}.{form.suffix if form else 'tsv'}"


def read(task: Task, predictions: Path, labels: Path, *, official: bool) -> TaskSubmission:
    """Read the two files of a language; DataError if one cannot be read, or the kind has no official files.

    `official` says that the official evaluator knows the task; it takes the first gold candidate of a query alone.
    """
    form = _form(task)
    content = ((official and form.read_official) or form.read)(task, predictions, labels)
    notes = {**content.notes, "byte_order_mark": [str(path) for path in (predictions, labels) if marked(path)]}
    return replace(content, notes={name: value for name, value in notes.items() if value})


def predictions_file(task: Task, predictions: Any) -> bytes:
    """Return the file of a language's predictions; DataError if one does not fit the form of the kind."""
    return _written(task, _form(task).write, predictions)


def labels_file(task: Task, gold: Any) -> bytes:
    """Return the file of a language's gold; DataError if some does not fit the form of the kind."""
    return _written(task, _form(task).write_gold, gold)


def _form(task: Task) -> Form:
    if task.kind.name not in FORMS:
        raise DataError(f"tasks of kind {task.kind.name} have no official submission format")
    return FORMS[task.kind.name]


def _written(task: Task, write: Write, content: Any) -> bytes:
    try:
        return write(content)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DataError(f"invalid predictions or gold for kind {task.kind.name}: {error!r}") from error
