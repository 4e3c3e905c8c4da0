"""`xharness compare`: significance of the differences of two runs, per task and language."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Specs
    from xharness_leaderboard.pairing import ComparedScore, Comparison
    from xharness_leaderboard.records import Run

_HEADER = ("", "language", "A", "B", "A - B", "95 %", "p", "better")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("compare", help="test the differences of two runs for significance")
    parser.add_argument("a", metavar="A", help="folder of a run (its --out)")
    parser.add_argument("b", metavar="B", help="folder of the run to compare it with")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison and return the exit code: 1 if nothing could be tested."""
    from xharness_leaderboard.commands import declared
    from xharness_leaderboard.pairing import compare
    from xharness_leaderboard.records import read

    runs = read(args.a), read(args.b)
    comparison = compare(*runs, **declared(args.registry))
    for line in comparison.unread:
        sys.stderr.write(f"xharness: warning: {line['file']}: {line['reason']}\n")
    shown = json.dumps(content(comparison, runs), indent=1, ensure_ascii=False) if args.json else text(comparison, runs)
    sys.stdout.write(f"{shown}\n")
    return 0 if comparison.tests else 1


def compared(a: Path, b: Path, specs: Specs) -> dict[str, Any]:
    """Return the JSON content of the comparison of two runs, given by their folders."""
    from xharness_leaderboard.commands import declared
    from xharness_leaderboard.pairing import compare
    from xharness_leaderboard.records import read

    runs = read(a), read(b)
    return content(compare(*runs, **declared(specs)), runs)


def content(comparison: Comparison, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the JSON content of a comparison."""
    from xharness_leaderboard.pairing import LEVEL

    sides = {name: _side(each) for name, each in zip("ab", runs, strict=True)}
    about = {"level": LEVEL, "tests": comparison.tests, "lower_is_better": list(comparison.errors)}
    return {**sides, **about, "rows": [_content(row) for row in comparison.rows]}


def _side(run: Run) -> dict[str, Any]:
    about = run.content["run"]
    cell: Mapping[str, Any] = next(iter(run.content["cells"]), {})
    model = {key: about["model"].get(key) for key in ("reference", "revision", "fingerprint", "dtype")}
    return {"path": str(run.path), "model": model, "recipe": cell.get("recipe"), "source": cell.get("source")}


def _content(row: ComparedScore) -> dict[str, Any]:
    tested = row.difference
    return {
        "suite": row.suite,
        "task": row.task,
        "language": row.language,
        "noise": row.noise,
        "a": row.a,
        "b": row.b,
        "difference": tested.difference if tested else None,
        "ci95": list(tested.ci95) if tested else None,
        "p": tested.p if tested else None,
        "p_holm": tested.p_holm if tested else None,
        "better": row.better,
        "reason": row.reason,
    }


def text(comparison: Comparison, runs: Sequence[Run]) -> str:
    """Return a comparison as a plain-text table."""
    from xharness_leaderboard.pairing import LEVEL
    from xharness_leaderboard.tables import table

    sides = [f"{name}  {_who(each)}" for name, each in zip("AB", runs, strict=True)]
    counts = f"{comparison.tests:,} {'test' if comparison.tests == 1 else 'tests'}"
    lines = [f"{counts}; p-values with Holm correction; 'better' is set if p < {LEVEL}"]
    if comparison.errors:
        lines.append(f"lower is better: {', '.join(comparison.errors)}")
    if untested := len(comparison.rows) - comparison.tests:
        lines.append(f"not tested: {untested:,}; the reason is in the row")
    if comparison.synthetic:
        lines.append("synthetic data: the scores do not measure a model")
    shown = table([_cells(row) for row in comparison.rows], _HEADER, left=(0, 1, 7))
    return "\n\n".join(["\n".join(sides), shown, "\n".join(lines)])


def _who(run: Run) -> str:
    from xharness_leaderboard.site.names import recipe_in_words

    side = _side(run)
    recipe = recipe_in_words(side["recipe"]) if side["recipe"] else "no cells"
    return f"{side['model']['reference']}, {recipe}, {side['source']}: {side['path']}"


def _cells(row: ComparedScore) -> list[str]:
    from xharness_leaderboard.site.names import noise_in_words

    name = " ".join(part for part in (row.suite or row.task, noise_in_words(row.noise)) if part)
    head = [name, row.language or "mean", _number(row.a), _number(row.b)]
    tested = row.difference
    if tested is None:
        return [*head, "", "", "", " ".join(f"not tested: {row.reason}".split())]
    low, high = tested.ci95
    return [*head, f"{tested.difference:+.1f}", f"{low:+.1f} to {high:+.1f}", _p(tested.p_holm), row.better or ""]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
