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
TaskLanguage = tuple[str, str]
task_language: Callable[[Mapping[str, Any]], TaskLanguage] = itemgetter("task", "language")
AskedIn = tuple[Any, ...] | None
"""The values of `_WAY` in a record: the way that a task was asked in; None for the native way."""
Claim = frozenset[tuple[tuple[str, ...], Any]]
"""What not all runs of an identity agree in: the basis of (task, language), or the way of (task,)."""


class RunRecord(NamedTuple):
    """The record of a cell and its run; `conflict` is true if other runs have different scores for the cell."""

    record: Mapping[str, Any]
    run: Run
    conflict: bool = False


class _RunGroup(NamedTuple):
    """Records of a run with one identity: the basis of each scored task and language, and the way of each task."""

    run: Run
    identity: dict[str, Any]
    records: Sequence[Mapping[str, Any]]
    basis: dict[TaskLanguage, Basis]
    ways: dict[str, AskedIn]

    def facts(self) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield what other runs of the entry must agree in."""
        yield from self.basis.items()
        yield from (((task,), way) for task, way in self.ways.items())


@dataclass
class Entry:
    """All cells of one model, recipe, source, dtype and noise, each task asked in one way.

    `cells` are by (task, language), then seed. `basis` is the basis of each scored (task, language): split, data,
    number of units, signatures. `ways` has the way of each scored task. `again` are further scored records of a
    (task, language) and seed. `apart` distinguishes the entry from others of the same identity.
    """

    identity: Mapping[str, Any]
    runs: list[Run] = field(default_factory=list)
    cells: dict[TaskLanguage, dict[int, RunRecord]] = field(default_factory=dict)
    basis: dict[TaskLanguage, Basis] = field(default_factory=dict)
    ways: dict[str, AskedIn] = field(default_factory=dict)
    again: dict[tuple[TaskLanguage, int], list[RunRecord]] = field(default_factory=dict)
    apart: tuple[Any, ...] = ()

    @property
    def asked(self) -> dict[str, dict[str, Any]]:
        """Return the way of each task that was not asked in its native way, as a record has it."""
        named = {task: way for task, way in sorted(self.ways.items()) if way}
        return {
            task: {name: value for name, value in zip(_WAY, way, strict=True) if value is not None or name in _WAY[:3]}
            for task, way in named.items()
        }

    @property
    def digest(self) -> str:
        """Return a hash that identifies the entry: its identity, the ways of its tasks, and what sets it apart."""
        text = json.dumps([self.identity, self.apart, *filter(None, [self.asked])], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


_WAY = ("name", "version", "prompt", "words", "shots", "draw", "chat")


def _way(record: Mapping[str, Any]) -> AskedIn:
    way = record.get("way")
    return None if way is None else tuple(way.get(name) for name in _WAY)


def synthetic(run: Run, sources: Collection[str] = ()) -> bool:
    """Return whether the data of a run are synthetic: the run says so, or its source is one of `sources`."""
    return run.content["run"]["synthetic"] or any(record["source"] in sources for record in run.content["cells"])


def merge(runs: Sequence[Run]) -> tuple[list[Entry], list[dict[str, Any]]]:
    """Return the entries of runs, in the order of their digests, and the conflicts among their records.

    A cell in two runs with equal scores counts once; with different scores it is a conflict and has no value. Runs of
    one identity with different data, splits, examples or metrics are separate entries, so are runs that asked a task
    in different ways, and runs that could belong to either of two entries. The order of runs does not matter.
    """
    groups: dict[str, list[_RunGroup]] = {}
    for run in sorted(runs, key=_order):
        for group in _consistent(run):
            groups.setdefault(json.dumps(group.identity, sort_keys=True), []).append(group)
    merged = sorted((entry for own in groups.values() for entry in _entries(own)), key=lambda entry: entry.digest)
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
    """Yield the cells of a run by identity, by way if a task has several, and by seed if the basis differs by seed."""
    for identity, every in _by_identity(run):
        for records, ways in _by_way(every):
            scored = [(record["seed"], task_language(record), basis_of(record)) for record in records if _ok(record)]
            basis = {key: own for _, key, own in scored}
            if len(basis) == len(scored) or all(basis[key] == own for _, key, own in scored):
                yield _RunGroup(run, identity, records, basis, ways)
                continue
            for seed in sorted({record["seed"] for record in records}):
                basis = {key: own for of, key, own in scored if of == seed}
                yield _RunGroup(run, identity, [each for each in records if each["seed"] == seed], basis, ways)


def _ok(record: Mapping[str, Any]) -> bool:
    return bool(record["status"] == "ok")


def _by_way(
    records: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Sequence[Mapping[str, Any]], dict[str, AskedIn]]]:
    """Yield records with the way of each scored task: those of tasks with one way, then the others, way by way."""
    ways: dict[str, dict[AskedIn, list[Mapping[str, Any]]]] = {}
    for record in filter(_ok, records):
        ways.setdefault(record["task"], {}).setdefault(_way(record), []).append(record)
    several = {task for task, by_way in ways.items() if len(by_way) > 1}
    rest = [record for record in records if record["task"] not in several or not _ok(record)] if several else records
    if rest:
        yield rest, {task: next(iter(by_way)) for task, by_way in ways.items() if task not in several}
    for task in sorted(several):
        yield from ((own, {task: way}) for way, own in ways[task].items())


def _entries(groups: Sequence[_RunGroup]) -> Iterator[Entry]:
    """Yield the entries of the records of one identity; records that disagree in a basis or a way are separated.

    Records that are compatible with two incompatible ones are a separate entry too.
    """
    disputed = _disputed(groups)
    by_claim: dict[Claim, list[int]] = {}
    for number, group in enumerate(groups):
        claim = frozenset((key, fact) for key, fact in group.facts() if key in disputed) if disputed else frozenset()
        by_claim.setdefault(claim, []).append(number)
    agreeing = {claim: frozenset(other for other in by_claim if _agree(claim, other)) for claim in by_claim}
    for claims in {_together(claim, agreeing) for claim in by_claim}:
        entry = Entry(groups[0].identity, apart=tuple(sorted(frozenset().union(*claims), key=itemgetter(0))))
        for number in sorted(number for claim in claims for number in by_claim[claim]):
            _add(entry, groups[number])
        yield entry


def _disputed(groups: Sequence[_RunGroup]) -> set[tuple[str, ...]]:
    """Return the keys of the facts in which groups disagree."""
    if len(groups) == 1:
        return set()
    facts: dict[tuple[str, ...], set[Any]] = {}
    for group in groups:
        for key, fact in group.facts():
            facts.setdefault(key, set()).add(fact)
    return {key for key, distinct in facts.items() if len(distinct) > 1}


def _agree(one: Claim, other: Claim) -> bool:
    """Return whether two claims are compatible: both are not empty, and they do not contradict each other."""
    return one == other or bool(one and other and len(dict(one) | dict(other)) == len(one | other))


def _together(claim: Claim, agreeing: Mapping[Claim, frozenset[Claim]]) -> frozenset[Claim]:
    """Return the claims merged with a claim: all that agree with it, if they agree with each other and no others."""
    own = agreeing[claim]
    return own if all(agreeing[other] == own for other in own) else frozenset([claim])


def _add(entry: Entry, group: _RunGroup) -> None:
    run = group.run
    if not entry.runs or entry.runs[-1] is not run:
        entry.runs.append(run)
    entry.basis.update(group.basis)
    entry.ways.update(group.ways)
    for record in group.records:
        key, seed, new = task_language(record), record["seed"], RunRecord(record, run)
        by_seed = entry.cells.setdefault(key, {})
        old = by_seed.setdefault(seed, new)
        if old is new or not _ok(record):
            continue
        if _ok(old.record):
            if _alone(old) and not _alone(new):
                by_seed[seed], new = new, old
            entry.again.setdefault((key, seed), []).append(new)
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
    for (key, seed), others in sorted(entry.again.items(), key=lambda item: item[0]):
        task, language = key
        every = [entry.cells[key][seed], *others]
        scores = [_values(measured.record) for measured in every]
        for metric in sorted(scores[0].keys()):
            values = [each[metric] for each in scores]
            if len(set(values)) > 1:
                about = {"entry": entry.digest, "task": task, "language": language, "seed": seed, "metric": metric}
                lines.append(about | {"values": values, "files": [str(measured.run.path) for measured in every]})
                entry.cells[key][seed] = every[0]._replace(conflict=True)
    return lines


def odd_cells(entries: Sequence[Entry]) -> list[dict[TaskLanguage, list[str]]]:
    """Return the flags of the cells of each entry whose data or metrics are not those of most entries.

    Data are compared with those of entries of the same source, metrics also of the same way.
    """
    first: dict[str, dict[TaskLanguage, Basis]] = {}
    mixed: set[tuple[str, TaskLanguage]] = set()
    for entry in entries:
        source = entry.identity["source"]
        own = first.setdefault(source, {})
        mixed.update((source, key) for key, basis in entry.basis.items() if own.setdefault(key, basis) != basis)
    if not mixed:
        return [{} for _ in entries]
    counters: dict[Any, Counter[Any]] = {}
    for entry in entries:
        for key in entry.basis:
            if (entry.identity["source"], key) in mixed:
                for _, peers, part in _compared(entry, key):
                    counters.setdefault(peers, Counter())[part] += 1
    return [
        {
            key: [flag for flag, peers, part in _compared(entry, key) if _rare(part, counters[peers])]
            for key in entry.basis
            if (entry.identity["source"], key) in mixed
        }
        for entry in entries
    ]


def _compared(entry: Entry, key: TaskLanguage) -> Iterator[tuple[str, tuple[Any, ...], tuple[Any, ...]]]:
    """Yield for each flag what the compared cells have in common, and what is compared."""
    basis, source = entry.basis[key], entry.identity["source"]
    yield DIFFER[0], (source, key), (basis.split, basis.data, basis.n, basis.gold)
    yield DIFFER[1], (source, key, entry.ways[key[0]]), basis.signatures


def _rare(part: Any, counter: Counter[Any]) -> bool:
    """Return whether another part is as common; of two equally common ones, both are rare."""
    return any(count >= counter[part] for other, count in counter.items() if other != part)
