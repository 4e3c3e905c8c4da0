"""leaderboard.csv: one row per entry, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from xharness_leaderboard.site.names import noise_in_words, recipe_in_words, way_in_words

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(board: Mapping[str, Any]) -> str:
    """Return the ranks and unrounded scores of all entries as CSV; a missing score is an empty field."""
    about = [
        "id",
        "model",
        "revision",
        "fingerprint",
        "recipe",
        "approach",
        "ways",
        "noise",
        "source",
        "dtype",
        "seeds",
        "parameters",
    ]
    suites = [f"{suite}:{part}" for suite in board["suites"] for part in ("rank", "value", "low95", "high95")]
    tasks = [f"{task}:{about['metric']}" for task, about in board["tasks"].items()]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([plain(name) for name in [*about, "completeness", "seconds", *suites, *tasks]])
    for entry in board["entries"]:
        writer.writerow([plain(value) for value in _row(entry, board)])
    return out.getvalue()


def plain(value: Any) -> Any:
    """Return a field escaped so that spreadsheets do not interpret it as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _row(entry: Mapping[str, Any], board: Mapping[str, Any]) -> list[Any]:
    model = entry["model"]
    row = [entry["id"], model["reference"], model["revision"], model["fingerprint"], recipe_in_words(entry["recipe"])]
    row += [entry.get("approach"), "; ".join(f"{task} {way_in_words(way)}" for task, way in entry["ways"].items())]
    row += [noise_in_words(entry["noise"]), entry["source"], entry["dtype"], " ".join(map(str, entry["seeds"]))]
    row += [model["parameters"], entry["completeness"], entry["seconds"]]
    for suite in board["suites"]:
        own = entry["suites"][suite]
        row += [own["rank"], own["value"], *(own["ci95"] or (None, None))]
    return row + [entry["tasks"].get(task, {}).get("value") for task in board["tasks"]]
