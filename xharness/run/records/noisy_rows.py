"""A task under one noise at one severity, language by language: a row of the robustness of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xharness.errors import BadRequest
from xharness.metrics.base import mean
from xharness.metrics.noisy import Pair, Scale, but_english, nested_mean
from xharness.metrics.pairing import basis_of, unlike
from xharness.registry import Registry
from xharness.run.records.cell_record import Record
from xharness.run.records.noisy_pairs import Cells
from xharness.specs.noises import SEARCH

_SHARES = ("coverage", "effective", "character_rate", "harm", "gain")
QUERIES = "queries"
"""The predictions of a search, of a cell or for each example."""
Seeded = Mapping[int, Sequence[Record]]
"""The records of several noise seeds, by the seed of the training."""


@dataclass(frozen=True)
class NoisyTask:
    """A task of a run, the families of its noises, and its clean records by language and seed."""

    name: str
    metric: str
    scale: Scale
    families: Mapping[str, str]
    clean: Mapping[str, Mapping[int, Record]]


@dataclass
class NoiseRow:
    """A task under a noise at a severity: by language, the scores, the shares, and the records that were compared.

    `missing` says why a language has no score.
    """

    task: NoisyTask
    setting: Mapping[str, Any]
    severity: int
    pairs: dict[str, Pair] = field(default_factory=dict)
    shares: dict[str, dict[str, Any]] = field(default_factory=dict)
    compared: dict[str, Seeded] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """Return family, noise and severity: what averages are nested by."""
        return self.task.families[self.setting["name"]], json.dumps(self.setting), str(self.severity)

    def numbers(self) -> dict[str, Any] | None:
        """Return the averages over languages other than English; None without a score."""
        codes = but_english(self.pairs)
        if not codes:
            return None
        shares = {name: [self.shares[code][name] for code in codes] for name in _SHARES}
        if SEARCH in self.setting:
            shares[QUERIES] = [self.shares[code][QUERIES] for code in codes]
        means = {name: None if None in values else mean(values) for name, values in shares.items()}
        pair = nested_mean({(code,): self.pairs[code] for code in codes})
        return {**self.task.scale.numbers(pair), **means, "languages": codes}

    def content(self) -> dict[str, Any]:
        """Return the row as results.json has it."""
        numbers = self.task.scale.numbers
        return {
            "task": self.task.name,
            "noise": {**self.setting, "severity": self.severity},
            "family": self.key[0],
            "average": self.numbers(),
            "languages": {code: {**numbers(pair), **self.shares[code]} for code, pair in self.pairs.items()},
            "missing": dict(self.missing),
        }


def rows_of(name: str, content: Mapping[str, Any], registry: Registry, cells: Cells) -> list[NoiseRow]:
    """Return the rows of a task of a run, one for each noise at each severity, in the order of the cells."""
    own = [cell for cell in content["cells"] if cell["task"] == name]
    noised: dict[tuple[str, int], dict[str, dict[int, list[Record]]]] = {}
    clean: dict[str, dict[int, Record]] = {}
    for cell in own:
        if cell["noise"]:
            setting = json.dumps({key: cell["noise"][key] for key in cell["noise"] if key not in ("seed", "severity")})
            languages = noised.setdefault((setting, cell["noise"]["severity"]), {})
            languages.setdefault(cell["language"], {}).setdefault(cell["seed"], []).append(cell)
        elif cell["status"] == "ok":
            clean.setdefault(cell["language"], {})[cell["seed"]] = cell
    spec, about = registry.get("tasks", name), content["tasks"][name]
    families = {cell["noise"]["name"]: _family(cell["noise"]["name"], registry) for cell in own if cell["noise"]}
    scale = Scale(spec.headline_names, spec.kind.chance(spec), about["higher_is_better"])
    task = NoisyTask(name, about["metric"], scale, families, clean)
    return [
        _row(NoiseRow(task, json.loads(setting), severity), languages, cells)
        for (setting, severity), languages in noised.items()
    ]


def _family(name: str, registry: Registry) -> str:
    """Return the family of a noise; its name where no plugin declares it any more."""
    try:
        family: str = registry.get("noises", name).family
    except BadRequest:
        return name
    return family


def _row(row: NoiseRow, languages: Mapping[str, Seeded], cells: Cells) -> NoiseRow:
    """Return a row with the scores of languages."""
    names = row.task.scale.headline
    for code, seeded in languages.items():
        clean = row.task.clean.get(code, {})
        lacks = {id(record): _lack(clean.get(seed), record, names) for seed in seeded for record in seeded[seed]}
        kept = {seed: [record for record in records if not lacks[id(record)]] for seed, records in seeded.items()}
        usable = {seed: records for seed, records in kept.items() if records}
        if usable:
            row.pairs[code] = cells.pair(clean, usable, names)
            row.compared[code] = usable
            row.shares[code] = _shares(usable, cells.flips(clean, usable), len(lacks))
        else:
            row.missing[code] = next(filter(None, lacks.values()))
    return row


def _lack(clean: Record | None, noisy: Record, names: Sequence[str]) -> str | None:
    """Return why a noisy record cannot be compared with the clean one, None if it can."""
    if noisy["status"] != "ok":
        return noisy["reason"] or "the run ended before"
    if clean is None:
        return "no score without noise"
    return unlike(basis_of(clean), basis_of(noisy), names)


def _shares(usable: Seeded, flips: Mapping[str, float] | None, asked: int) -> dict[str, Any]:
    """Return shares of the examples in percent, and the number of cells that are averaged and of those that lack."""
    counts = [record["notes"]["noise"] for records in usable.values() for record in records]
    seen = [each for each in counts if each.get("effective") is not None]
    return {
        "coverage": mean([100.0 * each["changed"] / each["examples"] for each in counts]),
        "effective": mean([100.0 * each["effective"] / each["examples"] for each in seen]) if seen == counts else None,
        "character_rate": mean([each["character_rate"] for each in counts]),
        "harm": flips and flips["harm"],
        "gain": flips and flips["gain"],
        "cells": len(counts),
        "missing_cells": asked - len(counts),
        **({QUERIES: mean([each[QUERIES] / each["examples"] for each in counts])} if QUERIES in counts[0] else {}),
    }
