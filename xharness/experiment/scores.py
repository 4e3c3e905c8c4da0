"""The gain of a row over the baseline, with a confidence interval over seeds and examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval, over_seeds
from xharness.metrics.noisy import Scored
from xharness.metrics.pairing import basis_of, unlike
from xharness.run.records.cell_record import Record
from xharness.specs.places import Place

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Scores:
    """The folder of a run and the content of its results.json."""

    folder: Path
    content: Mapping[str, Any]

    @cached_property
    def cells(self) -> dict[str, dict[Place, Record]]:
        """Return the records of clean inputs by task and place."""
        records: dict[str, dict[Place, Record]] = {}
        for record in self.content["cells"]:
            if not record["noise"]:
                records.setdefault(record["task"], {})[Place.of(record)] = record
        return records

    def value(self, task: str) -> float | None:
        """Return the score of a task over the requested languages; None if one is missing."""
        if "subset" in self.content:
            value: float | None = self.content["subset"]["tasks"].get(task)
            return value
        return self.content["tasks"][task]["value"] if task in self.content["tasks"] else None

    def headlines(self, task: str) -> list[str]:
        """Return the names of the metrics whose mean is the task's score."""
        metric: str = self.content["tasks"][task]["metric"]
        return metric.split("+")

    def missing(self, task: str) -> dict[Place, str]:
        """Return the reason for each cell of a task without a score."""
        cells = self.cells.get(task, {})
        return {place: reason for place, record in cells.items() if (reason := _lack(record, self.headlines(task)))}

    def over(self, task: str, places: Iterable[Place]) -> float:
        """Return the score of a task over some of the places with a score."""
        names = self.headlines(task)
        return mean(_score(self.cells[task][place], names) for place in places)

    def scored(self, record: Record, names: Sequence[str]) -> Scored:
        """Return the score of a cell, the mean of some metrics, and its replicates."""
        return _score(record, names), self.replicates(record)

    def replicates(self, record: Record) -> np.ndarray | None:
        """Return the bootstrap replicates of a cell's score, shape (resamples,); None if it has none."""
        import numpy as np

        if not record["replicates"]:
            return None
        replicates: np.ndarray = np.load(self.folder / record["replicates"]).astype(np.float64).mean(axis=0)
        return replicates


@dataclass(frozen=True)
class Gain:
    """The difference between a row and the baseline in points, over the languages and seeds that both have.

    `drawn` are its bootstrap replicates; None if a cell has none. `without` maps the excluded cells to the reason. If
    no language is left, `value` is None.
    """

    value: float | None
    drawn: np.ndarray | None = None
    seeds: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    without: Mapping[Place, str] = field(default_factory=dict)

    @property
    def ci95(self) -> tuple[float, float] | None:
        """Return the 95 % interval."""
        return None if self.drawn is None else interval(self.drawn)

    def content(self) -> dict[str, Any]:
        """Return the gain as plain JSON values."""
        return {
            "value": self.value,
            "ci95": list(self.ci95) if self.ci95 else None,
            "over": "seeds and examples" if len(self.seeds) > 1 else "examples",
            "seeds": list(self.seeds),
            "languages": list(self.languages),
            "without": listed(self.without),
        }


def listed(reasons: Mapping[Place, str]) -> list[dict[str, Any]]:
    """Return the reasons of cells as plain JSON values."""
    return [{"language": place.language, "seed": place.seed, "reason": reason} for place, reason in reasons.items()]


def gain(row: Scores, base: Scores, task: str) -> Gain:
    """Compare two runs on a task, on the same examples, by language and seed.

    The replicates of a cell use the same draws of examples in both runs, and the same draws of seeds, so that the
    replicates of the difference are paired (Efron and Tibshirani 1993, chapter 16).
    """
    import numpy as np

    ours, theirs = row.cells.get(task, {}), base.cells.get(task, {})
    names = row.headlines(task) if ours else []
    lacks = {place: _unpaired(ours.get(place), theirs.get(place), names) for place in {**ours, **theirs}}
    seeds = sorted({place.seed for place, lack in lacks.items() if lack is None})
    codes = dict.fromkeys(place.language for place in lacks)
    paired = {place for place, lack in lacks.items() if lack is None}
    languages = [code for code in codes if seeds and all(Place(task, code, seed) in paired for seed in seeds)]
    without = {place: lack for place, lack in lacks.items() if lack}
    if not languages:
        return Gain(None, without=without)
    values, drawn = [], []
    for seed in seeds:
        pairs = [(ours[place], theirs[place]) for place in (Place(task, code, seed) for code in languages)]
        values.append(mean(_score(one, names) - _score(other, names) for one, other in pairs))
        drawn.append(_mean([_minus(row.replicates(one), base.replicates(other)) for one, other in pairs]))
    rows = [part for part in drawn if part is not None]
    replicates = over_seeds(np.stack(rows)) if len(rows) == len(seeds) else None
    return Gain(mean(values), replicates, tuple(seeds), tuple(languages), without)


def average(gains: Sequence[Gain]) -> Gain:
    """Return the mean gain over tasks; its value is None if a task has none."""
    values = [each.value for each in gains if each.value is not None]
    if not values or len(values) < len(gains):
        return Gain(None)
    seeds = tuple(sorted({seed for each in gains for seed in each.seeds}))
    return Gain(mean(values), _mean([each.drawn for each in gains]), seeds)


def _unpaired(one: Record | None, other: Record | None, names: Sequence[str]) -> str | None:
    if one is None:
        return "not requested in this row"
    if lack := _lack(one, names):
        return lack
    if other is None:
        return "not requested in the baseline"
    if lack := _lack(other, names):
        return f"no score in the baseline: {lack}"
    return unlike(basis_of(one), basis_of(other), names)


def _lack(record: Record, names: Iterable[str]) -> str | None:
    if record["status"] != "ok":
        return record["reason"] or "the run ended before this cell"
    return next((f"the record has no {name}" for name in names if name not in record["metrics"]), None)


def _score(record: Record, names: Sequence[str]) -> float:
    return mean(record["metrics"][name]["value"] for name in names)


def _minus(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    return None if one is None or other is None else one - other


def _mean(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    import numpy as np

    known = [part for part in parts if part is not None]
    return None if len(known) < len(parts) else np.mean(known, axis=0)
