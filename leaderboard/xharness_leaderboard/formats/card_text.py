"""The part of a model card that people read: scores, how they were measured, and in what they are not official."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xharness_leaderboard.formats.markdown import code, items, table, text
from xharness_leaderboard.formats.report import Report


def section(found: Report) -> str:
    """Return the section of a run."""
    parts = [
        "## Cross-lingual evaluation",
        _intro(found),
        _tasks(found),
        "### By language",
        _languages(found),
        "### How it was measured",
        items(_measured(found)),
        "Measure it again:",
        code(found.made["command"]),
    ]
    # Reasons name files of the machine, which are nobody else's business.
    if caveats := [*found.caveats(), *found.incomplete(), *found.missing(reasons=False)]:
        parts += ["### Caveats", items(map(text, caveats))]
    return "\n\n".join(parts) + "\n"


def _intro(found: Report) -> str:
    seeds = len(found.entry["seeds"])
    return (
        "Scores are from 0 to 100, with 95 % intervals (bootstrap over examples). An average with a missing language "
        f"or task has no value.{f' Scores are means over {seeds} seeds.' if seeds > 1 else ''}"
    )


def _tasks(found: Report) -> str:
    rows = []
    for name, average in found.entry["tasks"].items():
        about = found.board["tasks"][name]
        ok = len(about["languages"]) - len(average["missing"])
        metric = text(about["metric"]) + ("" if about["higher_is_better"] else ", lower is better")
        rows.append([text(name), metric, f"{ok} of {len(about['languages'])}", *_number(average, 2)])
    for name, suite in found.entry["suites"].items():
        ok = len(suite["tasks"]) - len(suite["missing"])
        rows.append([f"**{text(name)}**", "mean of tasks", f"{ok} of {len(suite['tasks'])} tasks", *_number(suite, 2)])
    return table(["task", "metric", "languages", "score", "95 % interval"], rows, left=2)


def _languages(found: Report) -> str:
    cells = found.entry["cells"]
    codes = sorted({code for each in cells.values() for code in each})
    rows = [[text(found.language(code)), *(_cell(cells[task].get(code)) for task in cells)] for code in codes]
    return table(["language", *map(text, cells)], rows)


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    if cell["status"] != "ok":
        return text(cell["status"])
    value, interval = _number(cell, 1)
    return f"{value} ({interval})" if interval else value


def _number(scored: Mapping[str, Any], digits: int) -> tuple[str, str]:
    value, ci95 = scored["value"], scored["ci95"]
    if value is None:
        return "no value", ""
    return f"{value:.{digits}f}", f"{ci95[0]:.{digits}f} to {ci95[1]:.{digits}f}" if ci95 else ""


def _measured(found: Report) -> Iterator[str]:
    entry, environment = found.entry, found.made["environment"]
    model, recipe = entry["model"], entry["recipe"]
    revision = f", revision {model['revision']}" if model["revision"] else ""
    yield f"Model: {text(model['reference'] + revision)}, {model['parameters']:,} parameters"
    yield f"Fingerprint of its weights: {text(model['fingerprint'])}"
    params = "".join(f", {name} {value}" for name, value in recipe["params"].items())
    yield f"Recipe: {text(recipe['name'] + params)}"
    seeds = ", ".join(map(str, entry["seeds"]))
    yield f"Examples from source {text(entry['source'])}, computed in {text(entry['dtype'])}, seed {seeds}"
    versions = {"xharness": environment.get("xharness"), "revision": environment.get("revision")}
    versions |= {"Python": environment.get("python"), **(environment.get("packages") or {})}
    yield "Software: " + text(", ".join(f"{name} {value}" for name, value in versions.items() if value))
    yield f"Hardware: {text(environment.get('processor') or 'not recorded')}"
