"""Read experiment files: a request in TOML with `[[rows]]`, the name of the baseline row, and optional tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, unknown
from xharness.experiment.grid import ExperimentRow, rows_of
from xharness.experiment.report.settings import ReportSettings, report_settings
from xharness.request import NAMES, merged, read_toml

_OWN = ("rows", "baseline", "sweep", "report")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Retrieval tasks and the hidden layers from which their vectors are read; None for all layers."""

    tasks: tuple[str, ...]
    layers: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """The rows of a table in order, the name of the baseline row, and the sweep and the report, if asked for."""

    name: str
    rows: tuple[ExperimentRow, ...]
    baseline: str
    sweep: Sweep | None
    report: ReportSettings | None = None


def is_experiment(path: Path) -> bool:
    """Return whether a TOML file is an experiment, not a single request; BadRequest if it cannot be read."""
    return any(key in read_toml(path) for key in _OWN)


def read(path: Path, overrides: Mapping[str, Any]) -> Experiment:
    """Read an experiment; `overrides` replace fields that all rows share. BadRequest if the file is invalid."""
    values = read_toml(path)
    if "recipe" in overrides:
        raise BadRequest(f"config '{path}': --recipe cannot be used with an experiment; set recipe in its rows")
    try:
        for key in values:
            if key not in NAMES and key not in _OWN:
                raise unknown("key", key, {*NAMES, *_OWN})
        shared = merged({key: value for key, value in values.items() if key not in _OWN}, overrides)
        rows = _rows(values.get("rows"), shared)
        baseline = _baseline(values, rows)
        return Experiment(
            name=path.stem,
            rows=rows,
            baseline=baseline,
            sweep=_sweep(values.get("sweep")),
            report=report_settings(values["report"], [row.name for row in rows], baseline)
            if "report" in values
            else None,
        )
    except BadRequest as error:
        raise BadRequest(f"config '{path}': {error}") from error


def _rows(entries: Any, shared: Mapping[str, Any]) -> tuple[ExperimentRow, ...]:
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise BadRequest("no rows; add a [[rows]] table for each row or grid of rows")
    rows: list[ExperimentRow] = []
    for number, entry in enumerate(entries, start=1):
        try:
            rows += rows_of(entry, shared)
        except BadRequest as error:
            raise BadRequest(f"rows, entry {number}: {error}") from error
    known: set[str] = set()
    for row in rows:
        if row.name.casefold() in known:
            raise BadRequest(
                f"two rows have the name '{row.name}': set a name in each; in a grid, use parameters in the name, "
                "such as {epochs}"
            )
        known.add(row.name.casefold())
    return tuple(rows)


def _baseline(values: Mapping[str, Any], rows: Sequence[ExperimentRow]) -> str:
    names, baseline = [row.name for row in rows], values.get("baseline")
    if not baseline:
        raise BadRequest(f'no baseline; set the row that the others are compared with, such as baseline = "{names[0]}"')
    if baseline not in names:
        raise unknown("baseline", str(baseline), names)
    return str(baseline)


def _sweep(table: Any) -> Sweep | None:
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise BadRequest("sweep: must be a table [sweep] with the keys tasks and layers")
    for key in table:
        if key not in ("tasks", "layers"):
            raise unknown("key", key, ("tasks", "layers"), "sweep")
    tasks, layers = table.get("tasks"), table.get("layers", "all")
    if not isinstance(tasks, list) or not tasks or not all(isinstance(name, str) for name in tasks):
        raise BadRequest(f'sweep, tasks {tasks!r}: must be a list of retrieval tasks, such as ["tatoeba"]')
    if layers != "all" and not (isinstance(layers, list) and layers and all(type(layer) is int for layer in layers)):
        raise BadRequest(f'sweep, layers {layers!r}: must be "all" or a list of whole numbers')
    return Sweep(tasks=tuple(tasks), layers=None if layers == "all" else tuple(dict.fromkeys(layers)))
