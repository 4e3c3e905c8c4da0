"""`xharness compare`: which differences of two runs are more than chance, per task and language."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness_leaderboard.pairing import Comparison, Row
    from xharness_leaderboard.records import Run

_HEADER = ("", "language", "A", "B", "A - B", "95 %", "p", "better")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("compare", help="tell which differences of two runs are more than chance")
    parser.add_argument("a", metavar="A", help="the folder of a run (--out)")
    parser.add_argument("b", metavar="B", help="the folder of the run to compare it with")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison; 1 where nothing could be tested."""
    from xharness_leaderboard.commands import declared
    from xharness_leaderboard.pairing import compare
    from xharness_leaderboard.records import read

    runs = read(args.a), read(args.b)
    found = compare(*runs, **declared(args.registry))
    for line in found.unread:
        sys.stderr.write(f"xharness: warning: {line['file']}: {line['reason']}\n")
    shown = json.dumps(content(found, runs), indent=1, ensure_ascii=False) if args.json else text(found, runs)
    sys.stdout.write(f"{shown}\n")
    return 0 if found.tests else 1


def content(found: Comparison, runs: Sequence[Run]) -> dict[str, Any]:
    """Return a comparison as JSON has it."""
    from xharness_leaderboard.pairing import LEVEL

    sides = {name: _side(each) for name, each in zip("ab", runs, strict=True)}
    about = {"level": LEVEL, "tests": found.tests, "lower_is_better": list(found.errors)}
    return {**sides, **about, "rows": [_content(row) for row in found.rows]}


def _side(run: Run) -> dict[str, Any]:
    about = run.content["run"]
    cell: Mapping[str, Any] = next(iter(run.content["cells"]), {})
    model = {key: about["model"].get(key) for key in ("reference", "revision", "fingerprint", "dtype")}
    return {"path": str(run.path), "model": model, "recipe": cell.get("recipe"), "source": cell.get("source")}


def _content(row: Row) -> dict[str, Any]:
    found = row.difference
    return {
        "suite": row.suite,
        "task": row.task,
        "language": row.language,
        "noise": row.noise,
        "a": row.a,
        "b": row.b,
        "difference": found.difference if found else None,
        "ci95": list(found.ci95) if found else None,
        "p": found.p if found else None,
        "p_holm": found.p_holm if found else None,
        "better": row.better,
        "reason": row.reason,
    }


def text(found: Comparison, runs: Sequence[Run]) -> str:
    """Return a comparison as a table for the eye."""
    from xharness_leaderboard.pairing import LEVEL
    from xharness_leaderboard.tables import table

    sides = [f"{name}  {_who(each)}" for name, each in zip("AB", runs, strict=True)]
    counts = f"{found.tests:,} {'test' if found.tests == 1 else 'tests'}"
    lines = [f"{counts}; p is corrected for all of them (Holm); a side is better where p < {LEVEL}"]
    if found.errors:
        lines.append(f"lower is better: {', '.join(found.errors)}")
    if untested := len(found.rows) - found.tests:
        lines.append(f"not tested: {untested:,}, each with its reason")
    if found.synthetic:
        lines.append("synthetic data: the scores do not measure a model")
    shown = table([_cells(row) for row in found.rows], _HEADER, left=(0, 1, 7))
    return "\n\n".join(["\n".join(sides), shown, "\n".join(lines)])


def _who(run: Run) -> str:
    from xharness_leaderboard.site.names import recipe_in_words

    side = _side(run)
    recipe = recipe_in_words(side["recipe"]) if side["recipe"] else "no cells"
    return f"{side['model']['reference']}, {recipe}, {side['source']}: {side['path']}"


def _cells(row: Row) -> list[str]:
    from xharness_leaderboard.site.names import noise_in_words

    name = " ".join(part for part in (row.suite or row.task, noise_in_words(row.noise)) if part)
    head = [name, row.language or "mean", _number(row.a), _number(row.b)]
    found = row.difference
    if found is None:
        return [*head, "", "", "", " ".join(f"not tested: {row.reason}".split())]
    low, high = found.ci95
    return [*head, f"{found.difference:+.1f}", f"{low:+.1f} to {high:+.1f}", _p(found.p_holm), row.better or ""]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
