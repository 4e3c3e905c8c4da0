"""`xharness run`: evaluate a checkpoint."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from xharness.cli import experiment
from xharness.cli.options import add_request_options, request_of
from xharness.cli.plan import show_plan
from xharness.cli.report import summary
from xharness.run.progress import progress
from xharness.run.records.cell_record import finished


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("run", help="evaluate a checkpoint on tasks and languages, and write its results")
    add_request_options(parser)
    parser.add_argument(
        "--out", metavar="DIR", help="folder of the run (default: below runs/, named after the request)"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan and run nothing")
    parser.add_argument(
        "--json", action="store_true", help="print results.json (or experiment.json) instead of the table"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run a request; return 1 if a cell has no score."""
    if args.dry_run:
        show_plan(args, as_json=args.json)
        return 0
    if experiment.requested(args):
        return experiment.run(args)
    from xharness import api

    request = request_of(args)
    out = Path(args.out) if args.out else api.default_folder(request)
    results = api.run(request, registry=args.registry, out=out, store=args.store, display=progress())
    print(json.dumps(results, indent=1, ensure_ascii=False) if args.json else summary(results, out))
    return 0 if all(map(finished, results["cells"])) else 1
