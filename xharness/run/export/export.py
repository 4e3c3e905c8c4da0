"""Writing a run below a new folder: as an official submission, as a table, or in a form that a plugin declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from xharness.errors import BadRequest, PluginError, StoreError, XHarnessError, unknown
from xharness.registry import Registry
from xharness.run.export import submission as submitting
from xharness.run.export.csv_table import table
from xharness.run.records.results import read as read_results
from xharness.specs.formats import Format
from xharness.store.writing import guarded, write_bytes


@dataclass(frozen=True)
class Exported:
    """The files that were written, a line for whatever was not, and a line for what a reader should know."""

    files: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Wish:
    """A run, where it is to be written to, what the plugins declare, and the only seed that is meant, if one is."""

    run: Path
    results: Mapping[str, Any]
    target: Path
    registry: Registry
    seed: int | None


def export(run: str | Path, form: str, out: str | Path, registry: Registry, seed: int | None = None) -> Exported:
    """Write a run in one of our `FORMATS`, or one that a plugin declares, below a folder that is new or empty.

    Cells that are not `ok`, or whose files cannot be read, are left out and named in `missing`. BadRequest where the
    format is unknown, the folder holds something, a seed is asked for that the run has not, several seeds are there
    where one is needed, or `run` is no run; StoreError where a file cannot be saved.
    """
    plugged = registry.names("formats")
    if form not in FORMATS and form not in plugged:
        raise unknown("format", form, [*FORMATS, *plugged])
    write = FORMATS.get(form) or partial(_plugged, registry.get("formats", form), Path(run))
    path, results = read_results(run)
    seeds = list(results["run"]["request"]["seeds"])
    if seed is not None and seed not in seeds:
        raise BadRequest(f"the run has seed{'s'[: len(seeds) > 1]} {', '.join(map(str, seeds))}, not {seed}")
    return write(_Wish(path, results, _target(out), registry, seed))


def _target(out: str | Path) -> Path:
    target = Path(out).expanduser()
    if target.exists() and not target.is_dir():
        raise BadRequest(f"--out '{out}': a file of that name exists; give the name of a folder")
    if target.exists() and any(target.iterdir()):
        raise BadRequest(f"--out '{out}': the folder is not empty; give a new one, so that no old file is handed in")
    return target


def _submission(make: Callable[[Path, Mapping[str, Any], Registry], submitting.MakeFile], wish: _Wish) -> Exported:
    cells = submitting.chosen(wish.results, wish.seed)
    content = make(wish.run, wish.results, wish.registry)
    files, missing = [], {}
    for cell in cells:
        try:
            files.append(_save(wish.target, submitting.place(cell, wish.registry), content(cell)))
        except StoreError:
            raise
        except (XHarnessError, OSError, ValueError, LookupError, TypeError) as error:
            missing[cell["task"], cell["language"]] = str(error)
    lines, remarks = submitting.by_reason(missing), submitting.remarks(wish.results, cells)
    return Exported(tuple(files), tuple(lines), tuple(remarks))


def _table(wish: _Wish) -> Exported:
    cells = [cell for cell in wish.results["cells"] if wish.seed in (None, cell["seed"])]
    return Exported((_save(wish.target, "cells.csv", table(cells)),))


def _plugged(form: Format, run: Path, wish: _Wish) -> Exported:
    made = form.make(run, wish.registry, wish.seed)
    for name in made.files:
        if not _below(name):
            raise PluginError(f"format '{form.name}' gives a file '{name}', which may lie outside the folder")
    files = [_save(wish.target, name, content) for name, content in made.files.items()]
    return Exported(tuple(files), made.missing, made.remarks)


def _below(name: str) -> bool:
    """Say whether a path stays below a folder, on whatever system it is written."""
    path = PureWindowsPath(name)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and str(PurePosixPath(name)) == name


def _save(target: Path, name: str, content: bytes) -> Path:
    file = target / name
    with guarded(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(file, content)
    return file


FORMATS: Mapping[str, Callable[[_Wish], Exported]] = {
    "submission": partial(_submission, submitting.predictions),
    "labels": partial(_submission, submitting.labels),
    "csv": _table,
}
