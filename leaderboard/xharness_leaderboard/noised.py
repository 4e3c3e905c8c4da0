"""Pairs the cells of an entry without noise with those of the same entry under noises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from xharness import DataError
from xharness.metrics.base import mean
from xharness.metrics.noisy import Pair, Scale, Scored, but_english, nested_mean, pair_of_seeds
from xharness.metrics.pairing import unlike
from xharness_leaderboard.cells import Cells, replicates_of
from xharness_leaderboard.entries import Entry, TaskLanguage
from xharness_leaderboard.frame import Frame

_SHARES = {"coverage": "changed", "effective": "effective"}
_LEAST, _MOST = 1, 5  # severities
ScoreOf = Callable[[TaskLanguage, str, tuple[str, ...]], Scored]
"""`Measured.scored` of the entry without noise."""


@dataclass(frozen=True, eq=False)
class Measured:
    """An entry of the board with its id and cells."""

    id: str
    entry: Entry
    cells: Cells

    @property
    def noise(self) -> Mapping[str, Any]:
        """Return the noise; empty for an entry without noise."""
        return self.entry.identity["noise"] or {}

    @property
    def setting(self) -> tuple[str, int]:
        """Return the noise without seed and severity, as JSON, and its severity."""
        about = {key: value for key, value in self.noise.items() if key not in ("seed", "severity")}
        return json.dumps(about, sort_keys=True), self.noise["severity"]

    def cell(self, key: TaskLanguage) -> Mapping[str, Any] | None:
        """Return the cell of a task and language as leaderboard.json has it; None if there is none."""
        return self.cells.shown.get(key[0], {}).get(key[1])

    def scored(self, key: TaskLanguage, seed: str, headline: Sequence[str]) -> Scored:
        """Return the score of a cell for a seed of the training, and its replicates if they can be read."""
        seeds = self.cells.shown[key[0]][key[1]]["seeds"]
        found = seeds[seed]
        if len(seeds) == 1:
            return found, self.cells.drawn.get(key)
        try:
            return found, replicates_of(self.entry.cells[key][int(seed)], headline)
        except DataError:  # `cells.unread` has the file
            return found, None


@dataclass
class NoiseRow:
    """A task under one noise at one severity: pairs and shares by language; `missing` says why a language has none.

    `basis` is what the scores are based on, by language. `noise_seeds` are the seeds of the noise.
    """

    task: str
    scale: Scale
    noise: Mapping[str, Any]
    severity: int
    family: str
    noise_seeds: list[Any] = field(default_factory=list)
    pairs: dict[str, Pair] = field(default_factory=dict)
    shares: dict[str, dict[str, float | None]] = field(default_factory=dict)
    basis: dict[str, list[Any]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """Return family, noise and severity: what averages are nested by."""
        return self.family, json.dumps(self.noise, sort_keys=True), str(self.severity)

    def pair(self) -> Pair | None:
        """Return the mean over languages other than English; None without a score."""
        codes = but_english(self.pairs)
        return nested_mean({(code,): self.pairs[code] for code in codes}) if codes else None

    def drop_replicates(self) -> None:
        """Keep the scores only."""
        self.pairs = {code: Pair(pair.clean, pair.noisy, None) for code, pair in self.pairs.items()}

    @property
    def grid(self) -> list[Any]:
        """Return what rows of different entries must have in common to be compared."""
        return [self.task, *self.key, self.noise_seeds, sorted(self.basis.items())]


def is_noise(noise: Any) -> bool:
    """Return whether a noise has what a row needs: a name, a severity from 1 to 5, and a whole number as its seed."""
    if not isinstance(noise, Mapping) or not isinstance(noise.get("name"), str):
        return False
    severity, seed = noise.get("severity"), noise.get("seed")
    if seed is not None and type(seed) is not int:
        return False
    return type(severity) is int and _LEAST <= severity <= _MOST


def siblings(measured: Sequence[Measured], frame: Frame) -> Iterator[tuple[Measured, list[Measured]]]:
    """Yield each entry without noise that has the same entry under noises, and these.

    Entries are the same if all but the noise is equal and a cell was measured on the same examples in the same way.
    An entry under noise without any score belongs to all that are equal but for the noise.
    """
    noised: dict[str, list[Measured]] = {}
    for each in measured:
        if is_noise(each.entry.identity["noise"]):
            noised.setdefault(_identity(each), []).append(each)
    for each in measured:
        if each.entry.identity["noise"] is None:
            counted = [(_paired(each, other, frame), other) for other in noised.get(_identity(each), ())]
            own = [(count, other) for count, other in counted if count or not other.entry.basis]
            if own:
                yield each, [other for _, other in sorted(own, key=lambda pair: -pair[0])]


def _identity(measured: Measured) -> str:
    return json.dumps({**measured.entry.identity, "noise": None}, sort_keys=True)


def _paired(clean: Measured, noisy: Measured, frame: Frame) -> int:
    """Return the number of cells of an entry under noise that can be paired."""
    return sum(_lack(clean, noisy, key, frame) is None for key in noisy.entry.basis if noisy.cell(key))


def _lack(clean: Measured, noisy: Measured, key: TaskLanguage, frame: Frame) -> str | None:
    """Return why a cell cannot be paired with the one without noise; None if it can."""
    own, other = clean.cell(key), noisy.cell(key)
    if other is None or other["status"] != "ok":
        return "not run" if other is None else str(other["reason"])
    if own is None or own["status"] != "ok":
        return "no score without noise"
    if clean.entry.ways.get(key[0]) != noisy.entry.ways.get(key[0]):
        return "asked in different ways"
    if reason := unlike(clean.entry.basis[key], noisy.entry.basis[key], frame.tasks[key[0]].headline_names):
        return reason
    return None if _seeds(clean, key) & _seeds(noisy, key) else "different seeds"


def rows_of(clean: Measured, noised: Sequence[Measured], frame: Frame, families: Mapping[str, str]) -> list[NoiseRow]:
    """Return the rows of an entry, by task and noise; `noised` are its siblings, those with most pairs first.

    `families` are the families of noises by name; a noise without one is its own family.
    """
    scored = cache(clean.scored)  # every row reads the same scores without noise
    groups: dict[tuple[str, int], list[Measured]] = {}
    for each in noised:
        groups.setdefault(each.setting, []).append(each)
    rows = []
    for task in sorted({task for each in noised for task in each.cells.shown}):
        spec = frame.tasks[task]
        scale = Scale(spec.headline_names, spec.kind.chance(spec), task not in frame.errors)
        for (setting, severity), group in sorted(groups.items(), key=lambda item: item[0]):
            noise = json.loads(setting)
            row = NoiseRow(task, scale, noise, severity, families.get(noise["name"], noise["name"]))
            _fill(row, clean, scored, [each for each in group if task in each.cells.shown], frame)
            if row.pairs or row.missing:
                rows.append(row)
    return rows


def _fill(row: NoiseRow, clean: Measured, scored: ScoreOf, group: Sequence[Measured], frame: Frame) -> None:
    """Add the languages of a row."""
    seeds: set[str] = set()
    for code in sorted({code for each in group for code in each.cells.shown[row.task]}):
        key = (row.task, code)
        usable: dict[str, Measured] = {}
        reasons = []
        for each in group:
            if lack := _lack(clean, each, key, frame):
                reasons.append(lack)
            else:
                usable.setdefault(json.dumps(each.noise.get("seed")), each)
        if not usable:
            row.missing[code] = reasons[0]
            continue
        seeds |= usable.keys()
        _pair(row, clean, scored, list(usable.values()), key)
    row.noise_seeds = [json.loads(seed) for seed in sorted(seeds)]


def _pair(row: NoiseRow, clean: Measured, scored: ScoreOf, noised: Sequence[Measured], key: TaskLanguage) -> None:
    headline, code = row.scale.headline, key[1]
    by_seed: dict[int, list[Scored]] = {}
    counts = []
    for each in noised:
        for seed in _seeds(clean, key) & _seeds(each, key):
            by_seed.setdefault(int(seed), []).append(each.scored(key, seed, headline))
            counts.append(_counts(each.entry.cells[key][int(seed)].record))
    own = {seed: scored(key, str(seed), headline) for seed in sorted(by_seed)}
    basis = clean.entry.basis[key]
    signatures = [signature for name, signature in basis.signatures if name in headline]
    row.pairs[code] = pair_of_seeds(own, {seed: by_seed[seed] for seed in own})
    row.shares[code] = {name: _share(counts, part) for name, part in _SHARES.items()}
    row.basis[code] = [basis.split, basis.data, basis.n, basis.gold, signatures]


def _seeds(measured: Measured, key: TaskLanguage) -> set[str]:
    """Return the seeds of the training that a cell has scores for."""
    cell = measured.cell(key)
    return set(cell["seeds"]) if cell else set()


def _counts(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the counts of examples that a record has; empty if it has none."""
    notes = record.get("notes")
    counts = notes.get("noise") if isinstance(notes, Mapping) else None
    return counts if isinstance(counts, Mapping) else {}


def _share(counts: Sequence[Mapping[str, Any]], part: str) -> float | None:
    """Return the percentage of examples that are counted; None if a record does not count them."""
    shares = []
    for each in counts:
        count, examples = each.get(part), each.get("examples")
        if type(count) is not int or type(examples) is not int or not 0 <= count <= examples or not examples:
            return None
        shares.append(100.0 * count / examples)
    return mean(shares)
