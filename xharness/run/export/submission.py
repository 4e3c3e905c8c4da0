"""Convert the predictions of a run, or its gold, to the files of an official submission folder."""

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
    """Return the function that makes the prediction file of a cell."""

    def content(cell: Record) -> bytes:
        task = registry.get("tasks", cell["task"])
        rows = read_predictions(predictions_file(path, cell))
        return forms.predictions_file(task, task.kind.predictions(rows))

    return content


def labels(path: Path, results: Mapping[str, Any], registry: Registry) -> MakeFile:
    """Return the function that makes the label file of a cell."""
    request = results["run"]["request"]
    options = data_options(request, registry)

    def content(cell: Record) -> bytes:
        return forms.labels_file(registry.get("tasks", cell["task"]), gold_again(cell, request, registry, options))

    return content


def chosen(results: Mapping[str, Any], seed: int | None) -> list[Record]:
    """Return the clean cells of a seed; BadRequest if it is None and the run has several seeds."""
    seeds = list(results["run"]["request"]["seeds"])
    if seed is None and len(seeds) > 1:
        raise BadRequest(f"the run has seeds {', '.join(map(str, seeds))}; a submission has one: choose it with --seed")
    wanted = seeds[0] if seed is None else seed
    return [cell for cell in results["cells"] if cell["seed"] == wanted and not cell["noise"]]


def path_of(cell: Record, registry: Registry) -> str:
    """Return the path of a cell's file in a submission; DataError if the cell has no predictions."""
    if cell["status"] != "ok" and not cell["predictions"]:
        raise DataError(f"{cell['status']}: {cell['reason']}" if cell["reason"] else cell["status"])
    for name in (cell["task"], cell["language"]):
        if not _NAME.fullmatch(name):
            raise DataError(f"{name!r} is not a valid folder or file name")
    return f"{cell['task']}/{forms.file_name(registry.get('tasks', cell['task']), cell['language'])}"


def by_reason(missing: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield a line for each task and reason, with the languages that are missing for it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for (task, language), reason in missing.items():
        groups.setdefault((task, " ".join(reason.split())), []).append(language)
    for (task, reason), codes in groups.items():
        yield f"{task} {few(codes)}: {reason}"


def remarks(results: Mapping[str, Any], cells: Sequence[Record]) -> Iterator[str]:
    """Yield the caveats of a run's tasks, and the languages that the run lacks."""
    known = {(cell["task"], cell["language"]) for cell in cells}
    for name, task in results["tasks"].items():
        for each in by_language(cell for cell in cells if cell["task"] == name):
            yield f"{name}: {each['text']} ({few(each['languages'])})"
        absent = [code for code in task["missing"] if (name, code) not in known]
        if absent:
            yield f"{name}: the run does not have the languages {few(absent)}"
