"""A run's predictions, or the gold that it was scored with, as the files of an official submission folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, DataError, few
from xharness.registry import Registry
from xharness.run.export.rescore import data_options, gold_again, predictions_file
from xharness.run.records.cell_record import Record
from xharness.run.steps.predict import read as read_predictions
from xharness.specs.caveats import by_language
from xharness.submission import forms

_NAME = re.compile(r"\w[\w.+-]*")
MakeFile = Callable[[Record], bytes]


def predictions(path: Path, results: Mapping[str, Any], registry: Registry) -> MakeFile:
    """Return what makes the file of a cell's predictions."""

    def content(cell: Record) -> bytes:
        task = registry.get("tasks", cell["task"])
        rows = read_predictions(predictions_file(path, cell))
        return forms.predictions_file(task, task.kind.predictions(rows))

    return content


def labels(path: Path, results: Mapping[str, Any], registry: Registry) -> MakeFile:
    """Return what makes the file of a cell's gold."""
    request = results["run"]["request"]
    options = data_options(request, registry)

    def content(cell: Record) -> bytes:
        return forms.labels_file(registry.get("tasks", cell["task"]), gold_again(cell, request, registry, options))

    return content


def chosen(results: Mapping[str, Any], seed: int | None) -> list[Record]:
    """Return the cells without noise of the one seed that is meant; BadRequest where that is not said."""
    seeds = list(results["run"]["request"]["seeds"])
    if seed is None and len(seeds) > 1:
        raise BadRequest(f"the run has seeds {', '.join(map(str, seeds))}, a submission one; say which with --seed")
    wanted = seeds[0] if seed is None else seed
    return [cell for cell in results["cells"] if cell["seed"] == wanted and not cell["noise"]]


def place(cell: Record, registry: Registry) -> str:
    """Return where a cell's file lies in a submission; DataError where the cell has nothing to hand in."""
    if cell["status"] != "ok" and not cell["predictions"]:
        raise DataError(f"{cell['status']}: {cell['reason']}" if cell["reason"] else cell["status"])
    for name in (cell["task"], cell["language"]):
        if not _NAME.fullmatch(name):
            raise DataError(f"{name!r} is no name for a folder or a file")
    return f"{cell['task']}/{forms.file_name(registry.get('tasks', cell['task']), cell['language'])}"


def by_reason(missing: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield a line for the languages of a task that are missing for the same reason."""
    where: dict[tuple[str, str], list[str]] = {}
    for (task, language), reason in missing.items():
        where.setdefault((task, " ".join(reason.split())), []).append(language)
    for (task, reason), codes in where.items():
        yield f"{task} {few(codes)}: {reason}"


def remarks(results: Mapping[str, Any], cells: Sequence[Record]) -> Iterator[str]:
    """Yield the caveats of a run's tasks, and the languages that it does not have."""
    known = {(cell["task"], cell["language"]) for cell in cells}
    for name, task in results["tasks"].items():
        for each in by_language(cell for cell in cells if cell["task"] == name):
            yield f"{name}: {each['text']} ({few(each['languages'])})"
        absent = [code for code in task["missing"] if (name, code) not in known]
        if absent:
            yield f"{name}: the run does not have the languages {few(absent)}"
