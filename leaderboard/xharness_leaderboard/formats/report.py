"""The publishable content of a run: its scores with intervals and provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from xharness import BadRequest, Specs, few
from xharness_leaderboard.board import build
from xharness_leaderboard.commands import declared
from xharness_leaderboard.entries import synthetic
from xharness_leaderboard.records import Run, read


@dataclass(frozen=True)
class Score:
    """A metric of a task in a language, averaged over seeds; `ci95` is None for several seeds.

    `record` is the record of the first seed; its data and signature apply to all seeds.
    """

    task: str
    language: str
    metric: str
    value: float
    ci95: list[float] | None
    seeds: Mapping[str, float]
    record: Mapping[str, Any]

    @property
    def signature(self) -> str:
        """Return the signature of the metric."""
        return str(self.record["metrics"][self.metric]["signature"])


@dataclass(frozen=True)
class Report:
    """A run as a board with one entry; `records` are its cell records by (task, language), then seed."""

    board: Mapping[str, Any]
    entry: Mapping[str, Any]
    records: Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]]

    @property
    def name(self) -> str:
        """Return the name of the model, without its owner or folder."""
        return PurePath(self.entry["model"]["reference"].rstrip("/\\")).name or "model"

    @property
    def run(self) -> Mapping[str, Any]:
        """Return the request, environment and command of the run."""
        run: Mapping[str, Any] = self.entry["runs"][0]
        return run

    def headline(self, task: str) -> list[str]:
        """Return the names of the metrics whose mean is the score of the task."""
        names: list[str] = self.board["tasks"][task]["metric"].split("+")
        return names

    def language(self, code: str) -> str:
        """Return the name of a language followed by its code."""
        name = self.board["languages"].get(code, {}).get("name", code)
        return code if name == code else f"{name} ({code})"

    def cells(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield task, language and cell of every scored cell."""
        for task, cells in self.entry["cells"].items():
            yield from ((task, code, cell) for code, cell in cells.items() if cell["status"] == "ok")

    def scores(self) -> Iterator[Score]:
        """Yield the metrics of all scored cells."""
        for task, code, cell in self.cells():
            records = self.records[task, code]
            first = records[min(records)]
            for metric, value in cell["metrics"].items():
                seeds = {str(seed): each["metrics"][metric]["value"] for seed, each in sorted(records.items())}
                ci95 = first["metrics"][metric]["ci95"] if len(records) == 1 else None
                yield Score(task, code, metric, value, ci95, seeds, first)

    def averages(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the tasks with a complete average."""
        return ((name, task) for name, task in self.entry["tasks"].items() if task["complete"])

    def suites(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the suites with a complete average."""
        return ((name, suite) for name, suite in self.entry["suites"].items() if suite["complete"])

    def missing(self, *, reasons: bool = True) -> Iterator[str]:
        """Yield a line for each group of languages of a task without score and with the same reason or status."""
        groups: dict[tuple[str, str], list[str]] = {}
        for task, cells in self.entry["cells"].items():
            for code, cell in cells.items():
                if cell["status"] != "ok":
                    reason = f"{cell['status']}: {cell['reason']}" if reasons else cell["status"].replace("_", " ")
                    groups.setdefault((task, " ".join(reason.split())), []).append(code)
        yield from (f"{task} {few(codes)}: {reason}" for (task, reason), codes in groups.items())
        yield from (line["reason"] for line in self.board["refused"])

    def incomplete(self) -> Iterator[str]:
        """Yield a line for each incomplete average."""
        for kind in ("tasks", "suites"):
            for name, average in self.entry[kind].items():
                if not average["complete"]:
                    yield f"{name}: no average; missing: {few(average['missing'])}"

    def caveats_of(self, score: Score) -> list[str]:
        """Return the caveats of a score as sentences."""
        return [caveat["text"] for caveat in self.entry["cells"][score.task][score.language]["caveats"]]

    def caveats(self) -> Iterator[str]:
        """Yield a line for each caveat of a task, with its languages."""
        groups: dict[tuple[str, str], list[str]] = {}
        for task, code, cell in self.cells():
            for caveat in cell["caveats"]:
                groups.setdefault((task, caveat["text"]), []).append(code)
        yield from (f"{task}: {text} ({few(codes)})" for (task, text), codes in groups.items())


def report(path: Path, specs: Specs, seed: int | None) -> Report:
    """Return the report of the cells of a run without noise, of all seeds or of one.

    BadRequest if the data of the run are synthetic, or it has no score; as `records.read` if it is not a run.
    """
    run = read(path)
    known = declared(specs)
    if synthetic(run, known["toys"]):
        raise BadRequest(f"run '{path}': synthetic data do not measure a model, so nothing of it is published")
    kept = [cell for cell in run.content["cells"] if not cell.get("noise") and seed in (None, cell["seed"])]
    board = build([Run(run.path, {**run.content, "cells": kept})], **known)
    entries = board["entries"]
    if all(cell["status"] != "ok" for cell in kept):
        raise BadRequest(f"run '{path}': nothing to publish: no cell without noise has a score")
    if len(entries) > 1:
        raise BadRequest(f"run '{path}': cells of several recipes or sources; publish a run of one recipe and source")
    records: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for cell in kept:
        records.setdefault((cell["task"], cell["language"]), {})[cell["seed"]] = cell
    return Report(board, entries[0], records)
