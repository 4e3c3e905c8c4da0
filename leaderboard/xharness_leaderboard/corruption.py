"""Compares entries under noise with a reference entry, and with what their clean scores predict."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.metrics.base import mean
from xharness.metrics.robustness import expectation, mean_corruption_error, relative_corruption_error
from xharness_leaderboard.noised import NoiseRow

Errors = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Scope:
    """The averages of an entry over some of its rows, as in leaderboard.json."""

    content: dict[str, Any]
    rows: Sequence[NoiseRow]

    @property
    def key(self) -> str:
        """Return what is averaged over: a task, a family or a noise, or all."""
        return json.dumps([self.content[name] for name in ("task", "family", "noise")], sort_keys=True)


def with_comparisons(
    scopes: Mapping[str, Sequence[Scope]],
    grids: Mapping[str, str],
    references: Mapping[str, str | None],
    baselines: Sequence[str],
) -> None:
    """Add `mce`, `relative_mce` and `effective_robustness` to the averages; None if they are not defined.

    All arguments have ids of entries.
    """
    by_key = {id: {scope.key: scope for scope in own} for id, own in scopes.items()}
    for id, own in scopes.items():
        reference = references[id]
        compared = by_key[reference] if reference and grids[reference] == grids[id] else {}
        alike = [by_key[each] for each in baselines if grids[each] == grids[id]]
        for scope in own:
            other = compared.get(scope.key)
            scope.content["mce"] = _mce(scope.rows, other.rows) if other else None
            scope.content["relative_mce"] = _relative_mce(scope.rows, other.rows) if other else None
            baseline = [each[scope.key] for each in alike if scope.key in each]
            scope.content["effective_robustness"] = _effective(scope, baseline)


def _mce(rows: Sequence[NoiseRow], reference: Sequence[NoiseRow]) -> float | None:
    """Return the mean corruption error, averaged over tasks."""
    errors, theirs = _errors(rows), _errors(reference)
    if not errors or any(sum(values) <= 0 for noises in theirs.values() for values in noises.values()):
        return None  # the reference makes no errors
    return mean([mean_corruption_error(errors[task], theirs[task]) for task in errors])


def _relative_mce(rows: Sequence[NoiseRow], reference: Sequence[NoiseRow]) -> float | None:
    """Return the relative mean corruption error, averaged over the tasks in which noise harms the reference."""
    rises, theirs = _errors(rows, rise=True), _errors(reference, rise=True)
    found = [relative_corruption_error(rises[task], 0.0, theirs[task], 0.0).value for task in rises]
    known = [value for value in found if value is not None]
    return mean(known) if known else None


def _errors(rows: Sequence[NoiseRow], *, rise: bool = False) -> Errors:
    """Return the errors by task and noise, in order of severity; with `rise`, by how much they are above the clean."""
    errors: Errors = {}
    for row in sorted(rows, key=lambda row: row.severity):
        pair = row.pair()
        if pair is not None and row.scale.upward:
            error = pair.clean - pair.noisy if rise else 100.0 - pair.noisy
            errors.setdefault(row.task, {}).setdefault(row.key[1], []).append(error)
    return errors


def _effective(scope: Scope, baselines: Sequence[Scope]) -> float | None:
    """Return how many points the noisy score is above what clean scores of the baselines predict."""
    own = scope.content["average"]
    points = [each.content["average"] for each in baselines]
    if own is None or not all(row.scale.upward for row in scope.rows):
        return None
    line = expectation([(point["clean"], point["noisy"]) for point in points if point is not None])
    return line.effective_robustness(own["clean"], own["noisy"]) if line else None
