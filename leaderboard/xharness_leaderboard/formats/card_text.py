"""The text of a model card: scores, how they were measured, and caveats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xharness_leaderboard.formats.markdown import code, items, table, text
from xharness_leaderboard.formats.report import Report


def section(content: Report) -> str:
    """Return the section of a run as Markdown."""
    parts = [
        "## Cross-lingual evaluation",
        _intro(content),
        _tasks(content),
        "### By language",
        _languages(content),
        "### How it was measured",
        items(_measured(content)),
        "Reproduce with:",
        code(content.run["command"]),
    ]
    # Reasons are omitted, since they contain local paths.
    if caveats := [*content.caveats(), *content.incomplete(), *content.missing(reasons=False)]:
        parts += ["### Caveats", items(map(text, caveats))]
    return "\n\n".join(parts) + "\n"


def _intro(content: Report) -> str:
    seeds = len(content.entry["seeds"])
    return (
        "Scores are on a scale from 0 to 100, with 95 % confidence intervals (bootstrap over examples). Averages with "
        "a missing language or task have no value."
        f"{f' Scores are means over {seeds} seeds.' if seeds > 1 else ''}"
    )


def _tasks(content: Report) -> str:
    rows = []
    for name, average in content.entry["tasks"].items():
        about = content.board["tasks"][name]
        ok = len(about["languages"]) - len(average["missing"])
        metric = text(about["metric"]) + ("" if about["higher_is_better"] else ", lower is better")
        rows.append([text(name), metric, f"{ok} of {len(about['languages'])}", *_number(average, 2)])
    for name, suite in content.entry["suites"].items():
        ok = len(suite["tasks"]) - len(suite["missing"])
        rows.append([f"**{text(name)}**", "mean of tasks", f"{ok} of {len(suite['tasks'])} tasks", *_number(suite, 2)])
    return table(["task", "metric", "languages", "score", "95 % interval"], rows, left=2)


def _languages(content: Report) -> str:
    cells = content.entry["cells"]
    codes = sorted({code for each in cells.values() for code in each})
    rows = [[text(content.language(code)), *(_cell(cells[task].get(code)) for task in cells)] for code in codes]
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


def _measured(content: Report) -> Iterator[str]:
    entry, environment = content.entry, content.run["environment"]
    model, recipe = entry["model"], entry["recipe"]
    revision = f", revision {model['revision']}" if model["revision"] else ""
    size = f"{model['parameters']:,} parameters" if model["parameters"] else "parameters unknown"
    yield f"Model: {text(model['reference'] + revision)}, {size}"
    yield f"Weight fingerprint: {text(model['fingerprint'])}"
    params = "".join(f", {name} {value}" for name, value in recipe["params"].items())
    yield f"Recipe: {text(recipe['name'] + params)}"
    seeds = ", ".join(map(str, entry["seeds"]))
    yield f"Data source {text(entry['source'])}, dtype {text(entry['dtype'])}, seed {seeds}"
    versions = {"xharness": environment.get("xharness"), "revision": environment.get("revision")}
    versions |= {"Python": environment.get("python"), **(environment.get("packages") or {})}
    yield "Software: " + text(", ".join(f"{name} {value}" for name, value in versions.items() if value))
    yield f"Hardware: {text(environment.get('processor') or 'not recorded')}"
