"""The content of leaderboard.json: a pure function of the runs and the declared tasks and suites."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from xharness import Suite, Task, __version__
from xharness_leaderboard import ranking
from xharness_leaderboard.approaches import approach_of, sections
from xharness_leaderboard.averages import Averages, averages_of
from xharness_leaderboard.cells import Cells, cells_of
from xharness_leaderboard.entries import Entry, merge, odd_cells, synthetic
from xharness_leaderboard.frame import Frame, framed
from xharness_leaderboard.noised import Measured
from xharness_leaderboard.omissions import omitted
from xharness_leaderboard.records import Run
from xharness_leaderboard.rerun import command
from xharness_leaderboard.robustness import RobustnessOptions, robustness

SCHEMA_VERSION = "1.3"
_SLUG, _DIGITS = 60, 8


def build(  # noqa: PLR0913 - what plugins declare, by name
    runs: Sequence[Run],
    tasks: Mapping[str, Task],
    suites: Mapping[str, Suite],
    *,
    errors: Collection[str] = (),
    toys: Collection[str] = (),
    published: Mapping[str, Any] | None = None,
    refused: Sequence[Mapping[str, str]] = (),
    noises: RobustnessOptions = RobustnessOptions(),  # noqa: B008 - frozen
    title: str = "Leaderboard",
    one_table: bool = False,
    chosen: Collection[str] = (),
) -> dict[str, Any]:
    """Return the board of runs.

    `tasks` and `suites` are what the plugins declare, by name; the scores of the tasks `errors` are better when low;
    `toys` are the sources of synthetic data.
    `published` holds the published rows, their sources and conflicts; `refused` what was refused before;
    `noises` has the options of `robustness`. With `one_table` entries of all approaches are ranked together.
    With `chosen`, names of suites, the board has exactly these suites and their tasks.
    Runs on synthetic data are refused unless all are. Cells of unknown tasks are left out, and `refused` says so.
    Raises BadRequest for an unknown reference.
    """
    kept, more = _comparable(runs, toys)
    entries, conflicts = merge(kept)
    frame = framed(kept, entries, tasks, suites, errors, chosen)
    cells = [cells_of(entry, frame, odd) for entry, odd in zip(entries, odd_cells(entries), strict=True)]
    averages = [averages_of(each, frame) for each in cells]
    ids, approaches = _ids(entries), [approach_of(entry, frame.tasks) for entry in entries]
    rows = list(zip(ids, entries, averages, strict=True))
    approach = dict(zip(ids, approaches, strict=True))
    ranked = [own for _, own in sections(rows, lambda row: approach[row[0]], apart=not one_table)]
    content = frame.content()
    columns = {task: about["languages"] for task, about in content["tasks"].items()}
    by_digest = {entry.digest: each for each, entry in zip(ids, entries, strict=True)}
    measured = [Measured(*parts) for parts in zip(ids, entries, cells, strict=True)]
    robust = robustness(measured, frame, noises)
    lines = [*refused, *more, *omitted(kept, tasks), *(line for each in cells for line in each.unread)]
    return {
        "schema_version": SCHEMA_VERSION,
        "made_by": f"xharness {__version__}",
        "title": title,
        "synthetic": bool(kept) and synthetic(kept[0], toys),
        **content,
        "one_table": one_table,
        "comparisons": {
            suite: [line for together in ranked for line in _ranked(suite, frame, together)] for suite in frame.suites
        },
        "entries": [_entry(*parts, columns) for parts in zip(ids, approaches, entries, cells, averages, strict=True)],
        **({"robustness": robust} if robust else {}),
        "published": [],
        "sources": {},
        "published_conflicts": [],
        **(published or {}),
        "conflicts": [line | {"entry": by_digest[line["entry"]]} for line in conflicts],
        "refused": _sorted(lines),
    }


def _comparable(runs: Sequence[Run], sources: Collection[str]) -> tuple[list[Run], list[dict[str, str]]]:
    """Return the runs that fit on one board, and the refusals of the others."""
    toys = [run for run in runs if synthetic(run, sources)]
    if len(toys) == len(runs):
        return list(runs), []
    reason = "its data are synthetic, so its scores do not measure a model: build a board of such runs alone"
    refused = [{"file": str(run.path), "reason": reason} for run in toys]
    return [run for run in runs if run not in toys], refused


def _sorted(lines: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [
        {"file": file, "reason": reason} for file, reason in sorted({(line["file"], line["reason"]) for line in lines})
    ]


def _ids(entries: Sequence[Entry]) -> list[str]:
    """Return ids of entries that are safe as file names and do not depend on other entries."""
    digests = [entry.digest for entry in entries]
    short = len({digest[:_DIGITS] for digest in digests}) == len(digests)
    return [_slug(entry) + entry.digest[: _DIGITS if short else None] for entry in entries]


def _slug(entry: Entry) -> str:
    name = PurePath(entry.identity["reference"].rstrip("/")).name
    words = re.sub(r"[^a-z0-9]+", "-", f"{name} {entry.identity['recipe']['name']}".lower()).strip("-")
    return f"{words[:_SLUG].strip('-')}-" if words else ""


def _ranked(suite: str, frame: Frame, together: Sequence[tuple[str, Entry, Averages]]) -> list[dict[str, Any]]:
    """Rank (id, entry, averages) without noise in a suite, and return their comparisons."""
    rows = [row for row in together if row[1].identity["noise"] is None]
    upward = frame.upward(suite)
    if upward is not None:
        ranking.rank(suite, [row[2] for row in rows], higher_is_better=upward)
    rows.sort(key=lambda row: (row[2].suites[suite]["rank"] or math.inf, row[0]))
    return ranking.comparisons(suite, frame, rows)


def _entry(
    id: str, approach: str, entry: Entry, cells: Cells, averages: Averages, columns: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    identity = entry.identity
    model = entry.runs[0].content["run"]["model"]
    about = ("reference", "revision", "fingerprint", "architecture", "adapter", "parameters", "languages")
    runs = _runs(entry)
    seconds = [run["seconds"] for run in runs if run["seconds"] is not None]
    return {
        "id": id,
        "approach": approach,
        "model": {key: model.get(key) for key in about},
        "recipe": {"name": identity["recipe"]["name"], "params": identity["recipe"]["params"]},
        "source": identity["source"],
        "dtype": identity["dtype"],
        "noise": identity["noise"],
        "ways": entry.asked,
        "trained_on": _trained_on(entry),
        "seeds": sorted(set().union(*entry.cells.values())),
        "runs": runs,
        "cells": cells.shown,
        "tasks": averages.tasks,
        "suites": averages.suites,
        "completeness": _completeness(cells, columns),
        "seconds": sum(seconds) if seconds else None,
        "flags": _flags(entry, cells),
    }


def _trained_on(entry: Entry) -> dict[str, list[str]]:
    """Return for each task the tasks that its checkpoints were trained on; tasks without a record of it are omitted."""
    names: dict[str, set[str]] = {}
    for (task, _), by_seed in entry.cells.items():
        for measured in by_seed.values():
            if measured.record.get("trained_on") is not None:
                names.setdefault(task, set()).update(split[0] for split in measured.record["trained_on"])
    return {task: sorted(names[task]) for task in sorted(names)}


def _runs(entry: Entry) -> list[dict[str, Any]]:
    """Return the runs of the entry: request, environment, command and time; copies of a run are listed once."""
    runs: list[dict[str, Any]] = []
    for run in entry.runs:
        about = run.content["run"]
        request = about["request"]
        seconds = [each["seconds"] for each in about["timing"]]
        about_run = {
            "request": request,
            "environment": about["environment"],
            "command": command(request, about["model"].get("revision")),
            "seconds": sum(seconds) if seconds else None,
        }
        if about_run not in runs:
            runs.append(about_run)
    return runs


def _completeness(cells: Cells, columns: Mapping[str, Sequence[str]]) -> float:
    """Return the fraction of all cells of the board for which the entry has a value."""
    ok = 0
    for task, codes in columns.items():
        shown = cells.shown.get(task, {})
        ok += sum([shown[code]["status"] == "ok" for code in codes if code in shown])
    count = sum(map(len, columns.values()))
    return ok / count if count else 0.0


def _flags(entry: Entry, cells: Cells) -> list[str]:
    """Return remarks on the cells of an entry."""
    counts = Counter([flag for each in cells.shown.values() for cell in each.values() for flag in cell["flags"]])
    shown = sum(map(len, cells.shown.values()))
    flags = [f"{flag}: {count} of {shown} cells" for flag, count in sorted(counts.items())]
    seeds = set(map(frozenset, entry.cells.values()))
    return [*flags, *(["tasks have different seeds"] if len(seeds) > 1 else [])]
