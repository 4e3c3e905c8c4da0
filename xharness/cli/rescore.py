"""`xharness rescore`: scores the stored predictions of a run again; loads no model."""

from __future__ import annotations

import argparse
import json

from xharness.cli.report import summary
from xharness.run.records.cell_record import finished


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("rescore", help="score the stored predictions of a run again; loads no model")
    parser.add_argument("folder", metavar="RUN", help="folder of a run, or its results.json")
    parser.add_argument("--json", action="store_true", help="print results.json instead of the table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Rewrite the scores of a run; return 1 if a cell has no score."""
    from xharness.run.export.rescore import rescore

    folder, results = rescore(args.folder, args.registry)
    print(json.dumps(results, indent=1, ensure_ascii=False) if args.json else summary(results, folder))
    return 0 if all(map(finished, results["cells"])) else 1
