"""Writing a run's predictions, or the gold it was scored with, as an official submission folder; or its scores."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, DataError, StoreError, XHarnessError, unknown
from xharness.registry import Registry
from xharness.run.predicting import read as read_predictions
from xharness.run.rescoring import data_options, gold_again, predictions_file
from xharness.run.results import read as read_results
from xharness.run.scoring import predictions_of
from xharness.store.writing import guarded, write_bytes
from xharness.submission import writing
from xharness.submission.files import file_name
from xharness.submission.remarks import few

_NAME = re.compile(r"\w[\w.+-]*")
_TABLE_FORM, _TABLE = "csv", "cells.csv"
_CELL = ("task", "language", "split", "source", "seed", "status", "n")
_COLUMNS = (*_CELL, "metric", "value", "ci95_low", "ci95_high", "signature", "reason")


@dataclass(frozen=True)
class Exported:
    """The files that were written, a line for whatever was not, and a line for what a reader should know."""

    files: tuple[Path, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]


def export(run: str | Path, form: str, out: str | Path, registry: Registry, seed: int | None = None) -> Exported:
    """Write a run in one of `FORMATS` below a folder that is new or empty.

    Cells that are not `ok`, or whose files cannot be read, are left out and named in `missing`. BadRequest where the
    format is unknown, the folder holds something, the run has several seeds and none is chosen, or is no run;
    StoreError where a file cannot be saved.
    """
    if form not in FORMATS:
        raise unknown("format", form, FORMATS)
    path, results = read_results(run)
    target = _target(out)
    if form == _TABLE_FORM:
        return _table(results, target, seed)
    cells = _chosen(results, seed)
    content = _FOLDERS[form](path, results, registry)
    files, missing = [], {}
    for cell in cells:
        try:
            files.append(_write(target, cell, content, registry))
        except StoreError:
            raise
        except (XHarnessError, OSError, ValueError, LookupError, TypeError) as error:
            missing[cell["task"], cell["language"]] = str(error)
    return Exported(tuple(files), tuple(_alike(missing)), tuple(_remarks(results, cells)))


def _target(out: str | Path) -> Path:
    target = Path(out).expanduser()
    if target.exists() and not target.is_dir():
        raise BadRequest(f"--out '{out}': a file of that name exists; give the name of a folder")
    if target.exists() and any(target.iterdir()):
        raise BadRequest(f"--out '{out}': the folder is not empty; give a new one, so that no old file is handed in")
    return target


def _chosen(results: Mapping[str, Any], seed: int | None) -> list[Mapping[str, Any]]:
    """Return the cells without noise of the one seed that is meant."""
    seeds = list(results["run"]["request"]["seeds"])
    said = f"the run has seed{'s'[: len(seeds) > 1]} {', '.join(map(str, seeds))}"
    if seed is None and len(seeds) > 1:
        raise BadRequest(f"{said}, a submission one; say which with --seed")
    if seed is not None and seed not in seeds:
        raise BadRequest(f"{said}, not {seed}")
    wanted = seeds[0] if seed is None else seed
    return [cell for cell in results["cells"] if cell["seed"] == wanted and not cell["noise"]]


_Content = Callable[[Mapping[str, Any]], bytes]


def _predictions(path: Path, results: Mapping[str, Any], registry: Registry) -> _Content:
    def content(cell: Mapping[str, Any]) -> bytes:
        task = registry.get("tasks", cell["task"])
        rows = read_predictions(predictions_file(path, cell))
        return writing.predictions_file(task, predictions_of(task.kind.name, rows))

    return content


def _labels(path: Path, results: Mapping[str, Any], registry: Registry) -> _Content:
    request = results["run"]["request"]
    options = data_options(request, registry)

    def content(cell: Mapping[str, Any]) -> bytes:
        return writing.labels_file(registry.get("tasks", cell["task"]), gold_again(cell, request, registry, options))

    return content


_FOLDERS = {"submission": _predictions, "labels": _labels}
FORMATS = (*_FOLDERS, _TABLE_FORM)


def _write(target: Path, cell: Mapping[str, Any], content: _Content, registry: Registry) -> Path:
    if cell["status"] != "ok" and not cell["predictions"]:
        raise DataError(f"{cell['status']}: {cell['reason']}" if cell["reason"] else cell["status"])
    for name in (cell["task"], cell["language"]):
        if not _NAME.fullmatch(name):
            raise DataError(f"{name!r} is no name for a folder or a file")
    file: Path = target / cell["task"] / file_name(registry.get("tasks", cell["task"]), cell["language"])
    _save(file, content(cell))
    return file


def _save(file: Path, content: bytes) -> None:
    with guarded(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(file, content)


def _alike(missing: Mapping[tuple[str, str], str]) -> list[str]:
    """Return a line for the languages of a task that are missing for the same reason."""
    where: dict[tuple[str, str], list[str]] = {}
    for (task, language), reason in missing.items():
        where.setdefault((task, " ".join(reason.split())), []).append(language)
    return [f"{task} {few(codes)}: {reason}" for (task, reason), codes in where.items()]


def _remarks(results: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> list[str]:
    known = {(cell["task"], cell["language"]) for cell in cells}
    found = []
    for name, task in results["tasks"].items():
        found += [f"{name}: {text}" for text in task["caveats"]]
        absent = [code for code in task["missing"] if (name, code) not in known]
        if absent:
            found.append(f"{name}: the run does not have the languages {few(absent)}")
    return found


def _table(results: Mapping[str, Any], target: Path, seed: int | None) -> Exported:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for cell in results["cells"]:
        if seed in (None, cell["seed"]):
            writer.writerows(_rows(cell))
    _save(target / _TABLE, lines.getvalue().encode("utf-8", "backslashreplace"))
    return Exported((target / _TABLE,), (), ())


def _rows(cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each metric of a cell, or one without a metric where it has none."""
    about = {name: cell[name] for name in (*_CELL, "reason")}
    rows = []
    for metric, scored in cell["metrics"].items():
        low, high = scored["ci95"] or (None, None)
        scores = {"metric": metric, "value": scored["value"], "ci95_low": low, "ci95_high": high}
        rows.append({**about, **scores, "signature": scored["signature"]})
    return rows or [about]
