"""`xharness score`: scores an official submission folder as the official evaluator does."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness.cli.table import table
from xharness.errors import BadRequest, few
from xharness.registry import Registry
from xharness.store.writable import check_writable
from xharness.store.writing import write_json
from xharness.submission.averages import strict
from xharness.submission.remarks import problems, remarks
from xharness.submission.scoring import score_submission

_ACROSS = 14
_FAILED = "FAIL"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("score", help="score an official submission folder as the official evaluator does")
    add = parser.add_argument
    add("--suite", default="xtreme", metavar="S", help="a suite of tasks (default: xtreme)")
    add("--predictions", required=True, metavar="DIR", help="the submission: TASK/test-LANG.tsv, .json or .jsonl")
    add("--labels", required=True, metavar="DIR", help="the gold labels, in the same layout")
    add("--json", metavar="FILE", help="write the scores in the official layout and a report; - prints them")
    add(
        "--strict",
        action="store_true",
        help="stop at the errors of the official evaluator, and report only its numbers",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the scores; return 1 if an average is missing and --strict is not set."""
    registry: Registry = args.registry
    suite = registry.get("suites", args.suite)
    tasks = {name: registry.get("tasks", name) for name in suite.tasks}
    names = {task.metric_names[0] for task in tasks.values()}
    metrics = {name: registry.get("metrics", name) for name in names}
    target = _target(args.json)
    official, report = score_submission(suite, tasks, metrics, Path(args.predictions), Path(args.labels))
    if args.strict:
        official, report = strict(suite, official, report)
    content = {**official, "report": report}
    print(json.dumps(content, indent=1) if args.json == "-" else _summary(report))
    if target:
        write_json(target, content)
    return 0 if args.strict or report["complete"] else 1


def _target(name: str | None) -> Path | None:
    if name is None or name == "-":
        return None
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir():
        raise BadRequest(f"--json '{name}': must be a file in an existing folder")
    check_writable("--json", path.parent)
    return path


def _summary(report: Mapping[str, Any]) -> str:
    parts = [_block(name, task) for name, task in report["tasks"].items() if task["languages"]]
    if any(not average["complete"] for average in report["averages"].values()):
        parts.append(_overview(report["tasks"]))
    averages, official = report["averages"], report["official_averages"]
    parts.append("\n".join(_average(name, average, report["suite"]) for name, average in averages.items()))
    others = [
        _average(name, average, report["suite"]) for name, average in official.items() if averages.get(name) != average
    ]
    if others:
        parts.append("\n".join(["with the groups of the official evaluator:", *(f"  {line}" for line in others)]))
    for title, lines in (("not scored", problems(report)), ("remarks", remarks(report))):
        if lines:
            parts.append("\n".join([f"{title}:", *(f"  {line}" for line in lines)]))
    return "\n\n".join(filter(None, parts))


def _overview(tasks: Mapping[str, Any]) -> str:
    """Return a table of the tasks: score, scored languages, missing languages."""
    rows = []
    for name, task in tasks.items():
        cells = task["languages"].values()
        scored = f"{sum(cell['status'] == 'ok' for cell in cells)} of {len(cells) or len(task['missing'])}"
        missing = "the whole task" if task["reason"] else few(task["missing"])
        rows.append([name, f"{task['value']:.1f}" if task["complete"] else "-", scored, missing])
    return table(rows, ("task", "score", "languages", "missing"), right=(1, 2))


def _block(name: str, task: Mapping[str, Any]) -> str:
    cells = {code: cell for code, cell in task["languages"].items() if cell["status"] != "missing"}
    keys = list(dict.fromkeys(key for cell in cells.values() for key in cell["metrics"]))
    lacking = f"no average, {len(task['missing'])} of {len(task['languages'])} languages missing"
    mean = f"{task['value']:.1f}" if task["complete"] else lacking
    parts = [f"{name} ({task['metric']}): {mean}"]
    codes = ["mean", *cells] if cells else []
    for start in range(0, len(codes), _ACROSS):
        part = codes[start : start + _ACROSS]
        rows = [[key, *[_shown(task, code, key) for code in part]] for key in keys]
        parts.append(table(rows, ("", *part), right=range(1, len(part) + 1)))
    return "\n".join(parts)


def _shown(task: Mapping[str, Any], code: str, key: str) -> str:
    if code == "mean":
        return f"{task['averages'][key]:.1f}" if key in task["averages"] else "-"
    cell = task["languages"][code]
    score = cell["metrics"].get(key)
    return f"{score['value']:.1f}" if score else "-" if cell["status"] == "ok" else _FAILED


def _average(name: str, average: Mapping[str, Any], suite: str) -> str:
    label = suite if name == "all_task" else name
    if average["complete"]:
        return f"{label}: {average['value']:.1f}"
    return f"{label}: no score, incomplete: {', '.join(average['missing'])}"
