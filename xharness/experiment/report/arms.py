"""The clean and noisy scores of two rows of an experiment, cell by cell, on the same examples and seeds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xharness.experiment.scores import Scores
from xharness.languages import canonical
from xharness.metrics.noisy import ENGLISH, Pair, pair_of_seeds
from xharness.metrics.pairing import basis_of, unlike
from xharness.run.records.cell_record import Record
from xharness.specs.noises import SEARCH
from xharness.specs.places import Place


class NoisyCell(NamedTuple):
    """A target in a language under a noise at a severity; `noise` is its name with the parameters that a user set."""

    task: str
    language: str
    noise: str
    severity: int


@dataclass(frozen=True)
class Arms:
    """The scores of a row and of the one that it is compared with, averaged over seeds and noise seeds.

    `sign` is -1 for a metric whose lower values are better, else 1.
    """

    row: Pair
    base: Pair
    sign: float


@dataclass(frozen=True)
class Compared:
    """The cells that two rows have, the reason for each cell that is left out, and the seeds of both rows."""

    cells: Mapping[NoisyCell, Arms]
    left_out: Mapping[NoisyCell, str]
    seeds: tuple[int, ...]


Noisy = dict[Place, list[Record]]


def compared(row: Scores, base: Scores) -> Compared:
    """Compare two rows in all cells with noise, in languages other than English.

    A cell needs a clean and a noisy score for all seeds and noise seeds, in both rows, from the same examples; its
    scores must be above 0, since their ratio has no logarithm otherwise. Noises that are searched with the scores of a
    model are not compared: the rows do not read the same texts.
    """
    ours, theirs = _noisy(row), _noisy(base)
    seeds = sorted({place.seed for own in ours.values() for place in own})
    seeds = [seed for seed in seeds if any(place.seed == seed for own in theirs.values() for place in own)]
    found: dict[NoisyCell, Arms] = {}
    left_out: dict[NoisyCell, str] = {}
    for cell in dict.fromkeys([*ours, *theirs]):
        places = [Place(cell.task, cell.language, seed) for seed in seeds]
        lack = _lack((row, ours.get(cell, {})), (base, theirs.get(cell, {})), places)
        if lack is None:
            upward = row.content["tasks"][cell.task]["higher_is_better"]
            arms = Arms(_pair(row, ours[cell], places), _pair(base, theirs[cell], places), 1.0 if upward else -1.0)
            lack = _no_ratio(arms)
        if lack is None:
            found[cell] = arms
        else:
            left_out[cell] = lack
    return Compared(found, left_out, tuple(seeds))


def _noisy(scores: Scores) -> dict[NoisyCell, Noisy]:
    """Return the records with noise by cell and place; each place has one for each noise seed."""
    found: dict[NoisyCell, Noisy] = {}
    for record in scores.content["cells"]:
        noise = record["noise"]
        if noise and SEARCH not in noise and canonical(record["language"]) != ENGLISH:
            cell = NoisyCell(record["task"], record["language"], _name(noise), noise["severity"])
            place = Place(record["task"], record["language"], record["seed"])
            found.setdefault(cell, {}).setdefault(place, []).append(record)
    return found


def _name(noise: Mapping[str, Any]) -> str:
    more = {name: noise[name] for name in ("columns", "params") if name in noise}
    return f"{noise['name']} {json.dumps(more)}" if more else str(noise["name"])


def _lack(one: tuple[Scores, Noisy], other: tuple[Scores, Noisy], places: Sequence[Place]) -> str | None:
    """Return why a cell of two rows cannot be compared, None if it can."""
    if not places:
        return "the rows have no seed in common"
    names = one[0].headlines(places[0].task) if places[0].task in one[0].content["tasks"] else []
    for place in places:
        sides = []
        for scores, noisy in (one, other):
            clean = scores.cells.get(place.task, {}).get(place)
            records = [clean, *noisy.get(place, [])] if clean else []
            if len(records) < 2:
                return f"seed {place.seed} has no clean or no noisy cell"
            if bad := next((record for record in records if record["status"] != "ok"), None):
                return bad["reason"] or "the run ended before this cell"
            sides.append(records)
        if len(sides[0]) != len(sides[1]):
            return "the rows have different noise seeds"
        for ours, theirs in zip(*sides, strict=True):
            if problem := unlike(basis_of(ours), basis_of(theirs), names):
                return problem
    return None


def _pair(scores: Scores, noisy: Noisy, places: Sequence[Place]) -> Pair:
    names = scores.headlines(places[0].task)
    clean = {place.seed: scores.scored(scores.cells[place.task][place], names) for place in places}
    return pair_of_seeds(
        clean, {place.seed: [scores.scored(record, names) for record in noisy[place]] for place in places}
    )


def _no_ratio(arms: Arms) -> str | None:
    for pair in (arms.row, arms.base):
        if pair.clean <= 0 or pair.noisy <= 0:
            return "a score is 0"
    return None


def keyed(cells: Mapping[NoisyCell, Arms], field: str) -> Iterator[tuple[str, dict[NoisyCell, Arms]]]:
    """Yield the cells of each value of a field of `NoisyCell`, in the order of the cells."""
    for value in dict.fromkeys(getattr(cell, field) for cell in cells):
        yield str(value), {cell: arms for cell, arms in cells.items() if getattr(cell, field) == value}
