"""The scores of a run on texts with errors that people made, against those on the same texts without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xharness.metrics.natural import NaturalRow
from xharness.metrics.noisy import Scale
from xharness.metrics.pairing import basis_of
from xharness.registry import Registry
from xharness.run.records.cell_record import Record
from xharness.run.records.noisy_pairs import Cells
from xharness.specs.tasks import Task

_Seeded = Mapping[int, Record]
"""The records of a task in a language without noise, by seed of the training."""


def natural_rows(content: Mapping[str, Any], registry: Registry, cells: Cells) -> list[dict[str, Any]]:
    """Return a row for each task of a run whose clean task is in the run too, as results.json has it."""
    tasks = [registry.get("tasks", name) for name in content["tasks"]]
    return [_row(task, task.clean, content, cells) for task in tasks if task.clean and task.clean in content["tasks"]]


def _row(task: Task, clean_task: str, content: Mapping[str, Any], cells: Cells) -> dict[str, Any]:
    upward = content["tasks"][task.name]["higher_is_better"]
    row = NaturalRow(task.name, clean_task, Scale(task.headline_names, task.kind.chance(task), upward))
    clean = _records(clean_task, content)
    for code, noisy in _records(task.name, content).items():
        sides = [_ok(clean.get(code, {})), _ok(noisy)]
        if not sides[1]:
            row.missing[code] = _reason(noisy.values())
        elif not sides[0]:
            row.missing[code] = "no score without errors"
        else:
            one, other = (basis_of(next(iter(side.values()))) for side in sides)
            scored = [{seed: cells.scored(each, task.headline_names) for seed, each in side.items()} for side in sides]
            row.add(code, (one, other), *scored)
    return row.content()


def _records(name: str, content: Mapping[str, Any]) -> dict[str, _Seeded]:
    found: dict[str, dict[int, Record]] = {}
    for cell in content["cells"]:
        if cell["task"] == name and cell["noise"] is None:
            found.setdefault(cell["language"], {})[cell["seed"]] = cell
    return dict(found)


def _ok(seeded: _Seeded) -> dict[int, Record]:
    return {seed: record for seed, record in seeded.items() if record["status"] == "ok"}


def _reason(records: Iterable[Record]) -> str:
    return next((record["reason"] for record in records if record["reason"]), "the run ended before")
