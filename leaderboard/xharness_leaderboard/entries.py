"""Merge runs into entries: all seeds of one model, recipe and source; contradicting runs are separate entries."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from xharness.metrics.pairing import Basis, basis_of
from xharness_leaderboard.records import Run

DIFFER = ("data differ", "metrics differ")  # flags of cells: theirs are not those of most entries
TaskLanguage = tuple[str, str]  # task, language
Claim = frozenset[tuple[TaskLanguage, Basis]]  # what places rest on that not all runs of an identity agree in
place_of: Callable[[Mapping[str, Any]], TaskLanguage] = itemgetter("task", "language")


class RunRecord(NamedTuple):
    """The record of a cell and its run; `conflict` is true if other runs have different scores for the cell."""

    record: Mapping[str, Any]
    run: Run
    conflict: bool = False


class _RunGroup(NamedTuple):
    """The records of a run with one identity, and the basis of each scored place."""

    run: Run
    identity: dict[str, Any]
    records: Sequence[Mapping[str, Any]]
    basis: dict[TaskLanguage, Basis]


@dataclass
class Entry:
    """All cells of one model, recipe, source, dtype and noise; `cells` by place, then seed.

    `basis` is the basis of each scored place: split, data, number of units, signatures. `again` are further scored
    records of a place and seed. `apart` distinguishes the entry from others of the same identity.
    """

    identity: Mapping[str, Any]
    runs: list[Run] = field(default_factory=list)
    cells: dict[TaskLanguage, dict[int, RunRecord]] = field(default_factory=dict)
    basis: dict[TaskLanguage, Basis] = field(default_factory=dict)
    again: dict[tuple[TaskLanguage, int], list[RunRecord]] = field(default_factory=dict)
    apart: tuple[Any, ...] = ()

    @property
    def digest(self) -> str:
        """Return a hash that identifies the entry."""
        text = json.dumps([self.identity, self.apart], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def synthetic(run: Run, sources: Collection[str] = ()) -> bool:
    """Say whether the data of a run are synthetic: as the run says, or because they are of one of `sources`."""
    return run.content["run"]["synthetic"] or any(record["source"] in sources for record in run.content["cells"])


def merge(runs: Sequence[Run]) -> tuple[list[Entry], list[dict[str, Any]]]:
    """Return the entries of runs, in the order of their digests, and the conflicts among their records.

    A cell in two runs with equal scores counts once; with different scores it is a conflict and has no value. Runs of
    one identity with different data, splits, examples or metrics are separate entries, and so are runs that could
    belong to either of two entries. The order of runs does not matter.
    """
    parts: dict[str, list[_RunGroup]] = {}
    for run in sorted(runs, key=_order):
        for part in _consistent(run):
            parts.setdefault(json.dumps(part.identity, sort_keys=True), []).append(part)
    merged = sorted((entry for own in parts.values() for entry in _entries(own)), key=lambda entry: entry.digest)
    return merged, [line for entry in merged for line in _conflicts(entry)]


def _order(run: Run) -> tuple[str, str]:
    about = run.content["run"]
    return json.dumps([about[key] for key in ("model", "request", "environment", "timing")], sort_keys=True), str(
        run.path
    )


def _by_identity(run: Run) -> Iterator[tuple[dict[str, Any], list[Mapping[str, Any]]]]:
    """Yield the cells of a run by identity; almost all runs have one."""
    model = run.content["run"]["model"]
    about = {key: model.get(key) for key in ("reference", "revision", "fingerprint", "dtype")}
    groups: list[tuple[tuple[Any, ...], list[Mapping[str, Any]]]] = []
    for record in run.content["cells"]:
        own = record["recipe"], record["source"], record.get("noise")
        if groups and groups[-1][0] == own:
            groups[-1][1].append(record)
        elif same := next((group_records for group, group_records in groups if group == own), None):
            same.append(record)
        else:
            groups.append((own, [record]))
    for own, records in groups:
        yield about | dict(zip(("recipe", "source", "noise"), own, strict=True)), records


def _consistent(run: Run) -> Iterator[_RunGroup]:
    """Yield the cells of a run by identity, and by seed if the basis differs between seeds."""
    for identity, records in _by_identity(run):
        scored = [
            (record["seed"], place_of(record), basis_of(record)) for record in records if record["status"] == "ok"
        ]
        basis = {place: own for _, place, own in scored}
        if all(basis[place] == own for _, place, own in scored):
            yield _RunGroup(run, identity, records, basis)
            continue
        for seed in sorted({record["seed"] for record in records}):
            basis = {place: own for of, place, own in scored if of == seed}
            yield _RunGroup(run, identity, [record for record in records if record["seed"] == seed], basis)


def _entries(parts: Sequence[_RunGroup]) -> Iterator[Entry]:
    """Yield the entries of the parts of one identity; parts with a different basis for a place are separated.

    A part that is compatible with two incompatible parts is a separate entry too.
    """
    bases: dict[TaskLanguage, set[Any]] = {}
    for part in parts:
        for place, basis in part.basis.items():
            bases.setdefault(place, set()).add(basis)
    disputed = {place for place, distinct in bases.items() if len(distinct) > 1}
    groups: dict[Claim, list[int]] = {}
    for number, part in enumerate(parts):
        claim = frozenset((place, basis) for place, basis in part.basis.items() if place in disputed)
        groups.setdefault(claim, []).append(number)
    agreeing = {claim: frozenset(other for other in groups if _agree(claim, other)) for claim in groups}
    for claims in {_together(claim, agreeing) for claim in groups}:
        entry = Entry(parts[0].identity, apart=tuple(sorted(frozenset().union(*claims))))
        for number in sorted(number for claim in claims for number in groups[claim]):
            _add(entry, parts[number])
        yield entry


def _agree(one: Claim, other: Claim) -> bool:
    """Return whether two claims are compatible: both are not empty, and they do not contradict each other."""
    return one == other or bool(one and other and len(dict(one) | dict(other)) == len(one | other))


def _together(claim: Claim, agreeing: Mapping[Claim, frozenset[Claim]]) -> frozenset[Claim]:
    """Return the claims merged with a claim: all that agree with it, if they agree with each other and no others."""
    own = agreeing[claim]
    return own if all(agreeing[other] == own for other in own) else frozenset([claim])


def _add(entry: Entry, part: _RunGroup) -> None:
    run = part.run
    if not entry.runs or entry.runs[-1] is not run:
        entry.runs.append(run)
    entry.basis.update(part.basis)
    for record in part.records:
        place, seed, new = place_of(record), record["seed"], RunRecord(record, run)
        by_seed = entry.cells.setdefault(place, {})
        old = by_seed.setdefault(seed, new)
        if old is new or record["status"] != "ok":
            continue
        if old.record["status"] == "ok":
            if _alone(old) and not _alone(new):
                by_seed[seed], new = new, old
            entry.again.setdefault((place, seed), []).append(new)
        else:
            by_seed[seed] = new


def _alone(measured: RunRecord) -> bool:
    """Return whether the replicates of a record are missing."""
    name = measured.record.get("replicates")
    return name is None or not (measured.run.path.parent / name).is_file()


def _values(record: Mapping[str, Any]) -> dict[str, float]:
    return {name: metric["value"] for name, metric in record["metrics"].items()}


def _conflicts(entry: Entry) -> list[dict[str, Any]]:
    """Mark the cells with contradicting records; return one line per metric, with its values and files."""
    lines = []
    for (place, seed), others in sorted(entry.again.items(), key=lambda item: item[0]):
        every = [entry.cells[place][seed], *others]
        scores = [_values(measured.record) for measured in every]
        for metric in sorted(scores[0].keys()):
            values = [each[metric] for each in scores]
            if len(set(values)) > 1:
                about = {"entry": entry.digest, "task": place[0], "language": place[1], "seed": seed, "metric": metric}
                lines.append(about | {"values": values, "files": [str(measured.run.path) for measured in every]})
                entry.cells[place][seed] = every[0]._replace(conflict=True)
    return lines


def odd_places(entries: Sequence[Entry]) -> list[dict[TaskLanguage, list[str]]]:
    """Return for each entry the places whose data or metrics differ from most entries of the same source."""
    first: dict[str, dict[TaskLanguage, Any]] = {}
    mixed: set[tuple[str, TaskLanguage]] = set()
    for entry in entries:
        source = entry.identity["source"]
        known = first.setdefault(source, {})
        for place, basis in entry.basis.items():
            if known.setdefault(place, basis) != basis:
                mixed.add((source, place))
    counters: dict[tuple[str, TaskLanguage], list[Counter[Any]]] = {key: [Counter(), Counter()] for key in mixed}
    for (source, place), pair in counters.items():
        for entry in entries:
            if entry.identity["source"] == source and place in entry.basis:
                for counter, part in zip(pair, _parts(entry.basis[place]), strict=True):
                    counter[part] += 1
    return [_odd_of(entry, counters) for entry in entries]


def _odd_of(
    entry: Entry, counters: Mapping[tuple[str, TaskLanguage], Sequence[Counter[Any]]]
) -> dict[TaskLanguage, list[str]]:
    odd = {}
    for (source, place), pair in counters.items():
        if entry.identity["source"] == source and place in entry.basis:
            odd[place] = _odd(pair, entry.basis[place])
    return odd


def _parts(basis: Basis) -> tuple[Any, Any]:
    return (basis.split, basis.data, basis.n, basis.gold), basis.signatures


def _odd(counters: Sequence[Counter[Any]], basis: Basis) -> list[str]:
    """Name what is not as most have it; where two are as common, neither is."""
    names = []
    for name, counter, part in zip(DIFFER, counters, _parts(basis), strict=True):
        if any(count >= counter[part] for other, count in counter.items() if other != part):
            names.append(name)
    return names
