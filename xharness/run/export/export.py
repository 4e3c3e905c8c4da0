"""Write a run to a new folder: as an official submission, as a table, or in the format of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from xharness.errors import BadRequest, PluginError, StoreError, reason_of, unknown
from xharness.registry import Registry
from xharness.run.export import submission as submitting
from xharness.run.export.csv_table import table
from xharness.run.records.results import read as read_results
from xharness.specs.formats import Format
from xharness.store.writable import check_writable
from xharness.store.writing import guarded, write_bytes


@dataclass(frozen=True)
class Exported:
    """The files that were written, a line for each missing one, and remarks for the reader."""

    files: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Job:
    """A run, the folder to write to, the registry, and the seed to export (None for all seeds)."""

    run: Path
    results: Mapping[str, Any]
    target: Path
    registry: Registry
    seed: int | None


def export(run: str | Path, form: str, out: str | Path, registry: Registry, seed: int | None = None) -> Exported:
    """Write a run in one of our `FORMATS` or in the format of a plugin, to a folder that is new or empty.

    Cells that are not `ok`, or whose files cannot be read, are omitted and listed in `missing`. Raises BadRequest if
    the format is unknown, the folder is not empty, the run does not have the seed, the run has several seeds but the
    format needs one, or `run` is not the folder of a run; StoreError if a file cannot be saved.
    """
    plugged = registry.names("formats")
    if form not in FORMATS and form not in plugged:
        raise unknown("format", form, [*FORMATS, *plugged])
    write = FORMATS.get(form) or partial(_plugged, registry.get("formats", form), Path(run))
    path, results = read_results(run)
    seeds = list(results["run"]["request"]["seeds"])
    if seed is not None and seed not in seeds:
        raise BadRequest(f"--seed {seed}: the run has only seed{'s'[: len(seeds) > 1]} {', '.join(map(str, seeds))}")
    return write(_Job(path, results, _target(out), registry, seed))


def _target(out: str | Path) -> Path:
    target = check_writable("--out", out)
    if target.exists() and any(target.iterdir()):
        raise BadRequest(f"--out '{out}': the folder is not empty; give a new one, so that no old file is submitted")
    return target


def _submission(make: Callable[[Path, Mapping[str, Any], Registry], submitting.MakeFile], job: _Job) -> Exported:
    cells = submitting.chosen(job.results, job.seed)
    content = make(job.run, job.results, job.registry)
    files, missing = [], {}
    for cell in cells:
        try:
            files.append(_save(job.target, submitting.path_of(cell, job.registry), content(cell)))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a kind may raise any error; the other files are written
            missing[cell["task"], cell["language"]] = reason_of(error)
    lines, remarks = submitting.by_reason(missing), submitting.remarks(job.results, cells)
    return Exported(tuple(files), tuple(lines), tuple(remarks))


def _table(job: _Job) -> Exported:
    cells = [cell for cell in job.results["cells"] if job.seed in (None, cell["seed"])]
    return Exported((_save(job.target, "cells.csv", table(cells)),))


def _plugged(form: Format, run: Path, job: _Job) -> Exported:
    made = form.make(run, job.registry, job.seed)
    for name in made.files:
        if not _below(name):
            raise PluginError(f"format '{form.name}' returned the file name '{name}', not a path below the folder")
    files = [_save(job.target, name, content) for name, content in made.files.items()]
    return Exported(tuple(files), made.missing, made.remarks)


def _below(name: str) -> bool:
    """Return whether a relative path stays below its folder on every system."""
    path = PureWindowsPath(name)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and str(PurePosixPath(name)) == name


def _save(target: Path, name: str, content: bytes) -> Path:
    file = target / name
    with guarded(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(file, content)
    return file


FORMATS: Mapping[str, Callable[[_Job], Exported]] = {
    "submission": partial(_submission, submitting.predictions),
    "labels": partial(_submission, submitting.labels),
    "csv": _table,
}
