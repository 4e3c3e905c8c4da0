"""`xharness check`: whether a checkpoint loads, what is wrong with it, what it can do, and what to run next."""

from __future__ import annotations

import argparse
import json

from xharness.cli.options import pair
from xharness.cli.table import table
from xharness.specs.models import LoadOptions


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("check", help="check a checkpoint before a run: does it load, what can it do")
    add = parser.add_argument
    add("model", metavar="MODEL", help="hub id (owner/name[@revision]), local folder, or ADAPTER:REFERENCE")
    add("--param", action="append", default=[], metavar="K=V", help="a parameter of the adapter (repeatable)")
    add("--allow-pickle", action="store_true", help="load pickled weights; these can run any code")
    add("--allow-remote-code", action="store_true", help="run Python code of the checkpoint")
    add("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings and the next command; return 1 if a finding stops a run."""
    from xharness.check.examining import examine

    options = LoadOptions(
        device="cpu",
        dtype="float32",
        allow_pickle=args.allow_pickle,
        allow_remote_code=args.allow_remote_code,
    )
    report = examine(args.model, args.registry, dict(map(pair, args.param)), options)
    if args.json:
        print(json.dumps(report.record(), indent=1, ensure_ascii=False))
        return int(report.stops)
    rows = [[finding.part, finding.name, finding.state, finding.found] for finding in report.findings]
    print(table(rows, ("part", "check", "state", "found")))
    print(_last_line(report.stops, report.command))
    return int(report.stops)


def _last_line(stops: bool, command: str | None) -> str:
    if stops:
        return "\na run fails: repair what has the state failed"
    return f"\nnext: {command}" if command else "\nnext: no recipe can evaluate this checkpoint on a task"
