"""A measured entry held against the published scores of the same model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xharness import PublishedRow
from xharness_leaderboard.gaps import mean
from xharness_leaderboard.published.gathering import Published

Suites = Mapping[str, Mapping[str, Sequence[str]]]

_AVERAGE, _MEAN = "avg", "mean of tasks"


@dataclass(frozen=True)
class Held:
    """A published score and what was measured of the same; `difference` is measured minus published."""

    row: PublishedRow
    measured: float

    @property
    def difference(self) -> float:
        """Return by how much the measured score is above the published one."""
        return self.measured - self.row.value

    def content(self) -> dict[str, Any]:
        """Return it as leaderboard.json holds it."""
        row = self.row
        return {
            "task": row.task,
            "language": row.language,
            "metric": row.metric,
            "measured": self.measured,
            "published": row.value,
            "difference": self.difference,
            "kind": row.kind,
            "source": row.source.key,
            "note": row.note,
        }


def against(entry: Mapping[str, Any], published: Published, suites: Suites) -> list[Held]:
    """Hold an entry of leaderboard.json against the published scores of its model with a recipe of the same name.

    `suites` are the tasks of suites with the languages that count. An average is compared over the languages that it
    is over: those of its suite, or those that its source gives beside it. What was not measured is left out.
    """
    if entry.get("noise"):
        return []
    reference, recipe = entry["model"]["reference"], entry["recipe"]["name"]
    rows = [row for row in published.rows if row.setting == recipe and is_model(reference, row.model)]
    found = [(row, _measured(entry, row, rows, suites)) for row in rows]
    return [Held(row, value) for row, value in found if value is not None]


def is_model(reference: str, model: str) -> bool:
    """Say whether a checkpoint is a model of the published scores: by name, hub id, or a folder that ends in the id."""
    names = {model, *_names().get(model, ())}
    return any(reference == name or ("/" in name and reference.endswith(f"/{name}")) for name in names)


@cache
def _names() -> dict[str, list[str]]:
    """Return the hub ids of the models of published scores."""
    names: dict[str, list[str]] = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    return names


def _measured(
    entry: Mapping[str, Any], row: PublishedRow, rows: Sequence[PublishedRow], suites: Suites
) -> float | None:
    if row.metric == _MEAN:
        return _of_suite(entry, row.task)
    codes = [row.language] if row.language != _AVERAGE else _languages(row, rows, suites)
    cells = entry["cells"].get(row.task, {})
    values = [cells[code]["metrics"].get(row.metric) for code in codes if code in cells]
    return mean(values) if codes and len(values) == len(codes) and None not in values else None


def _of_suite(entry: Mapping[str, Any], task: str) -> float | None:
    """Return the value of `suite` or `suite/group`."""
    name, _, group = task.partition("/")
    own = entry["suites"].get(name, {})
    value: float | None = (own.get("groups", {}).get(group, {}) if group else own).get("value")
    return value


def _languages(row: PublishedRow, rows: Sequence[PublishedRow], suites: Suites) -> Sequence[str]:
    """Return the languages that a published average is over; none where that is not known."""
    if row.benchmark in suites:
        return suites[row.benchmark].get(row.task, ())
    return [other.language for other in rows if other.language != _AVERAGE and _same(row, other)]


def _same(one: PublishedRow, other: PublishedRow) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in ("model", "task", "metric", "kind", "source"))
