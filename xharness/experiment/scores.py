"""What a row gains over the baseline, with an interval over seeds and examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval, over_seeds
from xharness.metrics.pairing import basis_of, unlike
from xharness.run.records.cell_record import Record
from xharness.specs.places import Place

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Scores:
    """The folder of a run, and the content of its results.json."""

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
        """Return the score of a task over the languages that were asked for; None where one is missing."""
        if "subset" in self.content:
            found: float | None = self.content["subset"]["tasks"].get(task)
            return found
        return self.content["tasks"][task]["value"] if task in self.content["tasks"] else None

    def headlines(self, task: str) -> list[str]:
        """Return the metrics whose mean is the task's score."""
        metric: str = self.content["tasks"][task]["metric"]
        return metric.split("+")

    def missing(self, task: str) -> dict[Place, str]:
        """Return why cells of a task have no score."""
        cells = self.cells.get(task, {})
        return {place: reason for place, record in cells.items() if (reason := _lack(record, self.headlines(task)))}

    def over(self, task: str, places: Iterable[Place]) -> float:
        """Return the score of a task over some of the places that have one."""
        names = self.headlines(task)
        return mean(_score(self.cells[task][place], names) for place in places)

    def replicates(self, record: Record) -> np.ndarray | None:
        """Return the bootstrap replicates of a cell's score, shape (resamples,); None where it has none."""
        import numpy as np

        if not record["replicates"]:
            return None
        found: np.ndarray = np.load(self.folder / record["replicates"]).astype(np.float64).mean(axis=0)
        return found


@dataclass(frozen=True)
class Gain:
    """By how many points a row is above the baseline, over the languages and seeds that both have.

    `drawn` are its bootstrap replicates; None where a cell has none. `without` says why others are left out; with
    no language left there is no value.
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
        """Return the gain as JSON has it."""
        return {
            "value": self.value,
            "ci95": list(self.ci95) if self.ci95 else None,
            "over": "seeds and examples" if len(self.seeds) > 1 else "examples",
            "seeds": list(self.seeds),
            "languages": list(self.languages),
            "without": listed(self.without),
        }


def listed(reasons: Mapping[Place, str]) -> list[dict[str, Any]]:
    """Return the reasons of cells as JSON has them."""
    return [{"language": place.language, "seed": place.seed, "reason": reason} for place, reason in reasons.items()]


def gain(row: Scores, base: Scores, task: str) -> Gain:
    """Compare two runs on a task: the same examples, language by language and seed by seed.

    Replicates of a cell in both runs share their draws of examples, and those of a seed its draws of seeds, so that
    the replicates of the difference are paired (Efron and Tibshirani 1993, chapter 16).
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
    """Return the mean gain over tasks, without a value where one has none."""
    values = [found.value for found in gains if found.value is not None]
    if not values or len(values) < len(gains):
        return Gain(None)
    seeds = tuple(sorted({seed for found in gains for seed in found.seeds}))
    return Gain(mean(values), _mean([found.drawn for found in gains]), seeds)


def _unpaired(one: Record | None, other: Record | None, names: Sequence[str]) -> str | None:
    if one is None:
        return "not asked for in this row"
    if lack := _lack(one, names):
        return lack
    if other is None:
        return "not asked for in the baseline"
    if lack := _lack(other, names):
        return f"the baseline: {lack}"
    return unlike(basis_of(one), basis_of(other), names)


def _lack(record: Record, names: Iterable[str]) -> str | None:
    if record["status"] != "ok":
        return record["reason"] or "the run ended before"
    return next((f"the record has no {name}" for name in names if name not in record["metrics"]), None)


def _score(record: Record, names: Sequence[str]) -> float:
    return mean(record["metrics"][name]["value"] for name in names)


def _minus(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    return None if one is None or other is None else one - other


def _mean(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    import numpy as np

    found = [part for part in parts if part is not None]
    return None if len(found) < len(parts) else np.mean(found, axis=0)
