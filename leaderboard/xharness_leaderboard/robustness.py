"""What noises do to the entries of a board: `robustness` of leaderboard.json.

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
from xharness.metrics.noisy import Pair, averaged, but_english, nested_mean
from xharness_leaderboard.corruption import Scope, with_comparisons
from xharness_leaderboard.frame import Frame
from xharness_leaderboard.noised import Measured, NoiseRow, rows_of, siblings

Rows = Sequence[NoiseRow]
_SHARES = ("coverage", "effective")


@dataclass(frozen=True)
class RobustnessOptions:
    """The families of noises by name, and the id or model of the entry that the others are compared with."""

    families: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None


def robustness(measured: Sequence[Measured], frame: Frame, options: RobustnessOptions) -> dict[str, Any] | None:
    """Return `robustness` of leaderboard.json; None if no entry was measured with and without noise.

    Raises BadRequest if the reference is not one of these entries, or several of them.
    """
    rows = {clean: rows_of(clean, noised, frame, options.families) for clean, noised in siblings(measured, frame)}
    chosen = _chosen([*rows], options.reference) if options.reference else None
    if not rows:
        return None
    scopes = {clean.id: list(_scopes(own)) for clean, own in rows.items()}
    grids = {clean.id: _grid(own) for clean, own in rows.items()}
    plain = [clean.id for clean in rows if clean.entry.identity["recipe"]["name"] == "zero-shot"]
    references = {id: chosen or next((each for each in plain if grids[each] == grids[id]), None) for id in grids}
    with_comparisons(scopes, grids, references, plain)
    return {
        "entries": [
            {
                "entry": clean.id,
                "grid": grids[clean.id],
                "reference": references[clean.id],
                "averages": [scope.content for scope in scopes[clean.id]],
                "noises": [_row(row) for row in own],
            }
            for clean, own in rows.items()
        ]
    }


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
    by_task: dict[str, list[NoiseRow]] = {}
    for row in averaged(rows, lambda row: "search" in row.noise):
        if row.pairs:
            by_task.setdefault(row.task, []).append(row)
    if not by_task:
        return None
    pairs = {task: _mean(own) for task, own in by_task.items()}
    each = {task: {**by_task[task][0].scale.numbers(pair), **_shares(by_task[task])} for task, pair in pairs.items()}
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


def _mean(rows: Rows) -> Pair:
    """Return the average of rows of one task."""
    keyed: dict[tuple[str, ...], Pair] = {
        (code, *row.key): row.pairs[code] for code in _codes(rows) for row in _with(code, rows)
    }
    return nested_mean(keyed)


def _shares(rows: Rows) -> dict[str, float | None]:
    """Return the shares of examples, averaged as the scores are; None if one is not known."""
    return {name: _share(rows, name) for name in _SHARES}


def _share(rows: Rows, name: str) -> float | None:
    keyed: dict[tuple[str, ...], Pair] = {}
    for code in _codes(rows):
        for row in _with(code, rows):
            if (value := row.shares[code][name]) is None:
                return None
            keyed[code, *row.key] = Pair(value, value, None)
    return nested_mean(keyed).clean


def _codes(rows: Rows) -> list[str]:
    return but_english({code: None for row in rows for code in row.pairs})


def _with(code: str, rows: Rows) -> list[NoiseRow]:
    return [row for row in rows if code in row.pairs]


def _known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if len(known) == len(values) else None


def _worst(rows: Rows) -> dict[str, Any]:
    """Return the noise with the largest drop, averaged over tasks."""
    noises: dict[str, list[NoiseRow]] = {}
    for row in rows:
        if row.pairs:
            noises.setdefault(row.key[1], []).append(row)
    drops = {key: numbers["drop"] for key, own in noises.items() if (numbers := _numbers(own))}
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
