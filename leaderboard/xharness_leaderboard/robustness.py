"""What noises, and errors that people made, do to the entries of a board: `robustness` of leaderboard.json.

Averages are unweighted means over noise seeds, then severities, noises of a family, families, languages other than
English, and tasks whose scores are better the higher they are. They leave out what a search
chose by the scores of the model. A missing cell is left out; it is never a drop of 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xharness import BadRequest, few
from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval
from xharness.metrics.noisy import Nesting, Pair, averaged, but_english, nested_mean
from xharness_leaderboard.corruption import Scope, with_comparisons
from xharness_leaderboard.frame import Frame
from xharness_leaderboard.natural import natural_rows
from xharness_leaderboard.noised import Measured, NoiseRow, rows_of, siblings

Rows = Sequence[NoiseRow]
_SHARES = ("coverage", "effective")


@dataclass(frozen=True)
class RobustnessOptions:
    """The families of noises by name, and the id or model of the entry that the others are compared with."""

    families: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None


def robustness(measured: Sequence[Measured], frame: Frame, options: RobustnessOptions) -> dict[str, Any] | None:
    """Return `robustness` of leaderboard.json; None if no entry was measured with and without noise or natural errors.

    Raises BadRequest if the reference is not one of these entries, or several of them.
    """
    found = list(siblings(measured, frame))
    entries = [clean for clean, _ in found]
    chosen = _chosen(entries, options.reference) if options.reference else None
    natural = natural_rows(measured, frame)
    if not found and not natural:
        return None
    own = {clean.id: _Own.of(rows_of(clean, noised, frame, options.families)) for clean, noised in found}
    scopes, grids = {id: each.scopes for id, each in own.items()}, {id: each.grid for id, each in own.items()}
    plain = [clean.id for clean in entries if clean.entry.identity["recipe"]["name"] == "zero-shot"]
    references = {id: chosen or next((each for each in plain if grids[each] == grids[id]), None) for id in grids}
    with_comparisons(scopes, grids, references, plain)
    return {
        "entries": [
            {
                "entry": id,
                "grid": grids[id],
                "reference": references[id],
                "averages": [scope.content for scope in scopes[id]],
                "noises": each.noises,
            }
            for id, each in own.items()
        ],
        **({"natural": natural} if natural else {}),
    }


@dataclass(frozen=True)
class _Own:
    """What a board says of one entry under noise."""

    scopes: Sequence[Scope]
    noises: Sequence[Mapping[str, Any]]
    grid: str

    @classmethod
    def of(cls, rows: Rows) -> _Own:
        """Return the averages and rows of an entry; the replicates of `rows`, which take most memory, are dropped."""
        own = cls(list(_scopes(rows)), [_row(row) for row in rows], _grid(rows))
        for row in rows:
            row.drop_replicates()
        return own


def _chosen(entries: Sequence[Measured], reference: str) -> str:
    """Return the id of the entry that is named by its id or model."""
    found = [each.id for each in entries if reference in (each.id, each.entry.identity["reference"])]
    if len(found) == 1:
        return found[0]
    ids = few([each.id for each in entries]) or "none"
    problem = f"several entries are of this model ({few(found)})" if found else "not an entry with scores under noise"
    raise BadRequest(f"--reference '{reference}': {problem}; give the id of one: {ids}")


def _grid(rows: Rows) -> str:
    """Return a hash of tasks, noises, severities, seeds, languages and data; equal for entries that are comparable."""
    text = json.dumps([row.grid for row in rows if row.pairs])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _scopes(rows: Rows) -> Iterator[Scope]:
    """Yield the averages of an entry: all, by family, by noise; and those of each task."""
    upward = [row for row in rows if row.scale.upward]
    yield _scope(upward)
    for family in sorted({row.family for row in rows}):
        yield _scope([row for row in upward if row.family == family], family=family)
    noises = {row.key[:2]: row.noise for row in rows}
    for key in sorted(noises):
        own = [row for row in upward if row.key[:2] == key]
        yield _scope(own, family=key[0], noise=noises[key])
    for task in sorted({row.task for row in rows}):
        yield _scope([row for row in rows if row.task == task], task=task)


def _scope(
    rows: Rows, *, task: str | None = None, family: str | None = None, noise: Mapping[str, Any] | None = None
) -> Scope:
    severities = sorted({row.severity for row in rows})
    at = {str(severity): [row for row in rows if row.severity == severity] for severity in severities}
    content = {
        "task": task,
        "family": family,
        "noise": noise,
        "average": _numbers(rows),
        "severities": {
            severity: {**numbers, "worst": _worst(own)} for severity, own in at.items() if (numbers := _numbers(own))
        },
        "missing": sum(len(row.missing) for row in rows),
    }
    return Scope(content, rows)


def _numbers(rows: Rows) -> dict[str, Any] | None:
    """Return the averages of rows; None without a score."""
    nested = _nested(rows)
    if not nested:
        return None
    pairs = {task: own.pair() for task, own in nested.items()}
    each = {task: {**own.cells[0][1].scale.numbers(pairs[task]), **own.shares()} for task, own in nested.items()}
    if len(each) == 1:
        return next(iter(each.values()))
    pair = nested_mean({(task,): pair for task, pair in pairs.items()})
    known = [numbers["relative_drop"] for numbers in each.values() if numbers["relative_drop"] is not None]
    return {
        "clean": pair.clean,
        "noisy": pair.noisy,
        "drop": pair.clean - pair.noisy,
        "ci95": None if pair.drawn is None else list(interval(pair.drawn[0] - pair.drawn[1])),
        "relative_drop": mean(known) if known else None,
        "relative_ci95": None,
        **{name: _known([numbers[name] for numbers in each.values()]) for name in _SHARES},
    }


@dataclass(frozen=True)
class _Nested:
    """The cells of rows of one task, by language, family, noise and severity."""

    cells: Sequence[tuple[str, NoiseRow]]
    nesting: Nesting

    def pair(self) -> Pair:
        """Return the average."""
        return self.nesting.pair([row.pairs[code] for code, row in self.cells])

    def drop(self) -> float:
        """Return the average drop."""
        clean = self.nesting.mean([row.pairs[code].clean for code, row in self.cells])
        drop = clean - self.nesting.mean([row.pairs[code].noisy for code, row in self.cells])
        return drop if self.cells[0][1].scale.upward else -drop

    def shares(self) -> dict[str, float | None]:
        """Return the shares of examples, averaged as the scores are; None if one is not known."""
        return {name: self._share([row.shares[code][name] for code, row in self.cells]) for name in _SHARES}

    def _share(self, values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return self.nesting.mean(known) if len(known) == len(values) else None


def _nested(rows: Rows) -> dict[str, _Nested]:
    """Return what averages of rows are over, by task; tasks without a score are left out."""
    by_task: dict[str, list[NoiseRow]] = {}
    for row in averaged(rows, lambda row: "search" in row.noise):
        if row.pairs:
            by_task.setdefault(row.task, []).append(row)
    found = {}
    for task, own in by_task.items():
        cells = [(code, row) for code in _codes(own) for row in own if code in row.pairs]
        found[task] = _Nested(cells, Nesting([(code, *row.key) for code, row in cells]))
    return found


def _codes(rows: Rows) -> list[str]:
    return but_english({code: None for row in rows for code in row.pairs})


def _known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if len(known) == len(values) else None


def _worst(rows: Rows) -> dict[str, Any]:
    """Return the noise with the largest drop, averaged over tasks."""
    noises: dict[str, list[NoiseRow]] = {}
    for row in rows:
        if row.pairs:
            noises.setdefault(row.key[1], []).append(row)
    drops = {key: mean([each.drop() for each in _nested(own).values()]) for key, own in noises.items()}
    worst = max(drops, key=drops.__getitem__)
    return {"noise": noises[worst][0].noise, "drop": drops[worst]}


def _row(row: NoiseRow) -> dict[str, Any]:
    """Return a row as leaderboard.json has it."""
    return {
        "task": row.task,
        "noise": row.noise,
        "severity": row.severity,
        "family": row.family,
        "noise_seeds": row.noise_seeds,
        "chance": row.scale.chance,
        "average": _numbers([row]),
        "languages": {code: {**row.scale.numbers(pair), **row.shares[code]} for code, pair in row.pairs.items()},
        "missing": row.missing,
    }
