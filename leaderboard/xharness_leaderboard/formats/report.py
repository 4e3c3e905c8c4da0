"""What there is to publish of a run: its scores with their intervals, and what made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from xharness import BadRequest, Specs
from xharness_leaderboard.board import build
from xharness_leaderboard.commands import declared
from xharness_leaderboard.entries import synthetic
from xharness_leaderboard.records import Run, read

Record = Mapping[str, Any]
_FEW = 5


@dataclass(frozen=True)
class Score:
    """A metric of a task in a language, over all seeds; the interval is there where the seed is one.

    `record` is the first seed's, whose data and signature are the others' too.
    """

    task: str
    language: str
    metric: str
    value: float
    ci95: list[float] | None
    seeds: Mapping[str, float]
    record: Record

    @property
    def signature(self) -> str:
        """Return how the metric was computed."""
        return str(self.record["metrics"][self.metric]["signature"])


@dataclass(frozen=True)
class Report:
    """A run as the only one of a board: `entry` is its row, `records` those of its cells, by place and seed."""

    board: Mapping[str, Any]
    entry: Mapping[str, Any]
    records: Mapping[tuple[str, str], Mapping[int, Record]]

    @property
    def name(self) -> str:
        """Return the name of the model, without its owner or folder."""
        return PurePath(self.entry["model"]["reference"].rstrip("/\\")).name or "model"

    @property
    def made(self) -> Mapping[str, Any]:
        """Return the request, environment and command of the run."""
        made: Mapping[str, Any] = self.entry["runs"][0]
        return made

    def headline(self, task: str) -> list[str]:
        """Return the metrics whose mean is the task's score."""
        names: list[str] = self.board["tasks"][task]["metric"].split("+")
        return names

    def language(self, code: str) -> str:
        """Return the name of a language with its code."""
        name = self.board["languages"].get(code, {}).get("name", code)
        return code if name == code else f"{name} ({code})"

    def cells(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield task, language and cell of whatever has a score."""
        for task, cells in self.entry["cells"].items():
            yield from ((task, code, cell) for code, cell in cells.items() if cell["status"] == "ok")

    def scores(self) -> Iterator[Score]:
        """Yield the metrics of all cells that have a score."""
        for task, code, cell in self.cells():
            records = self.records[task, code]
            first = records[min(records)]
            for metric, value in cell["metrics"].items():
                seeds = {str(seed): each["metrics"][metric]["value"] for seed, each in sorted(records.items())}
                ci95 = first["metrics"][metric]["ci95"] if len(records) == 1 else None
                yield Score(task, code, metric, value, ci95, seeds, first)

    def averages(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the tasks that have a score in every language that counts."""
        return ((name, task) for name, task in self.entry["tasks"].items() if task["complete"])

    def suites(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the suites whose every task has an average."""
        return ((name, suite) for name, suite in self.entry["suites"].items() if suite["complete"])

    def missing(self, *, reasons: bool = True) -> Iterator[str]:
        """Yield a line for the languages of a task that have no score for the same reason, or in the same way."""
        where: dict[tuple[str, str], list[str]] = {}
        for task, cells in self.entry["cells"].items():
            for code, cell in cells.items():
                if cell["status"] != "ok":
                    reason = f"{cell['status']}: {cell['reason']}" if reasons else cell["status"].replace("_", " ")
                    where.setdefault((task, " ".join(reason.split())), []).append(code)
        yield from (f"{task} {few(codes)}: {reason}" for (task, reason), codes in where.items())
        yield from (line["reason"] for line in self.board["refused"])

    def incomplete(self) -> Iterator[str]:
        """Yield a line for each average that has no value, since something is missing."""
        for kind in ("tasks", "suites"):
            for name, average in self.entry[kind].items():
                if not average["complete"]:
                    yield f"{name}: no average, since it lacks {few(average['missing'])}"

    def caveats(self) -> Iterator[str]:
        """Yield a line for each way in which scores are not the official ones."""
        where: dict[tuple[str, str], list[str]] = {}
        for task, code, cell in self.cells():
            for text in cell["caveats"]:
                where.setdefault((task, text), []).append(code)
        yield from (f"{task}: {text} ({few(codes)})" for (task, text), codes in where.items())


def report(path: Path, specs: Specs, seed: int | None) -> Report:
    """Return what there is to publish of the cells without noise of a run, of one seed where one is meant.

    BadRequest where the data of the run are synthetic, or it has no score; as `records.read` where it is no run.
    """
    run = read(path)
    known = declared(specs)
    if synthetic(run, known["toys"]):
        raise BadRequest(f"run '{path}': synthetic data do not measure a model, so nothing of it is published")
    kept = [cell for cell in run.content["cells"] if not cell.get("noise") and seed in (None, cell["seed"])]
    board = build([Run(run.path, {**run.content, "cells": kept})], **known)
    entries = board["entries"]
    if all(cell["status"] != "ok" for cell in kept):
        raise BadRequest(f"run '{path}': no cell without noise has a score: there is nothing to publish")
    if len(entries) > 1:
        raise BadRequest(f"run '{path}': its cells are not of one recipe and source; publish each of its own")
    records: dict[tuple[str, str], dict[int, Record]] = {}
    for cell in kept:
        records.setdefault((cell["task"], cell["language"]), {})[cell["seed"]] = cell
    return Report(board, entries[0], records)


def few(names: list[str]) -> str:
    """Return names in a row, cut short where they are many."""
    more = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {more} more" if more > 0 else "")
