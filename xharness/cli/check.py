"""`xharness check`: what is wrong with a checkpoint, what it can do and what to run next; or the checks of a plugin."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from xharness.cli.options import pair
from xharness.cli.table import table
from xharness.errors import BadRequest
from xharness.specs.models import LoadOptions

_NO_PLUGIN = "no installed plugin and no importable module has this name, and it does not end in .py"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("check", help="check a checkpoint before a run, or a plugin: does it keep the rules")
    add = parser.add_argument
    add(
        "model",
        metavar="MODEL|PLUGIN",
        help="a checkpoint: hub id (owner/name[@revision]), local folder, or ADAPTER:REFERENCE; or a plugin: module "
        "name, path/to/file.py, or installed distribution",
    )
    add("--data", metavar="DIR", help="plugin: folder of data files, as for a run")
    add(
        "--model",
        dest="models",
        action="append",
        default=[],
        metavar="MODEL",
        help="plugin: a checkpoint of its adapter",
    )
    add("--param", action="append", default=[], metavar="K=V", help="a parameter of the adapter (repeatable)")
    add("--allow-pickle", action="store_true", help="load pickled weights; these can run any code")
    add("--allow-remote-code", action="store_true", help="run Python code of the checkpoint")
    add("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings and the next command, or the checks of a plugin; return 1 if one fails."""
    from xharness.testing.suite import is_plugin

    if is_plugin(args.model, args.registry):
        from xharness.cli.check_plugin import check_plugin

        return check_plugin(args)
    from xharness.check.examining import examine

    if args.data or args.models:
        raise BadRequest(f"--data and --model are for plugins, and '{args.model}' is a checkpoint: {_NO_PLUGIN}")
    options = LoadOptions(
        device="cpu",
        dtype="float32",
        allow_pickle=args.allow_pickle,
        allow_remote_code=args.allow_remote_code,
    )
    try:
        report = examine(args.model, args.registry, dict(map(pair, args.param)), options)
    except BadRequest as error:
        if args.model.isidentifier() and not Path(args.model).exists():
            raise type(error)(f"{error}; it is not a plugin either: {_NO_PLUGIN}") from error
        raise
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
