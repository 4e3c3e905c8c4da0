"""Scores of entries on texts with errors that people made, against those on the same texts without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xharness.metrics.natural import NaturalRow
from xharness.metrics.noisy import Scale
from xharness_leaderboard.frame import Frame
from xharness_leaderboard.noised import Measured


def natural_rows(measured: Sequence[Measured], frame: Frame) -> list[dict[str, Any]]:
    """Return a row for each entry without noise and each of its tasks whose clean task it has too."""
    return [
        {"entry": each.id, **_row(each, name, clean, frame)}
        for each in measured
        if each.entry.identity["noise"] is None
        for name in each.cells.shown
        if (clean := frame.tasks[name].clean) in each.cells.shown and clean is not None
    ]


def _row(measured: Measured, name: str, clean: str, frame: Frame) -> dict[str, Any]:
    spec = frame.tasks[name]
    headline = spec.headline_names
    row = NaturalRow(name, clean, Scale(headline, spec.kind.chance(spec), name not in frame.errors))
    for code, cell in measured.cells.shown[name].items():
        own = measured.cell((clean, code))
        if cell["status"] != "ok":
            row.missing[code] = str(cell["reason"])
        elif own is None or own["status"] != "ok":
            row.missing[code] = "no score without errors"
        elif measured.entry.ways.get(clean) != measured.entry.ways.get(name):
            row.missing[code] = "asked in different ways"
        else:
            keys = ((clean, code), (name, code))
            bases = (measured.entry.basis[keys[0]], measured.entry.basis[keys[1]])
            seeds = (own["seeds"], cell["seeds"])
            row.add(
                code,
                bases,
                *(
                    {int(seed): measured.scored(key, seed, headline) for seed in each}
                    for key, each in zip(keys, seeds, strict=True)
                ),
            )
    return row.content()
