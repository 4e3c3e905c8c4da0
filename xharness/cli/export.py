"""`xharness export`: a run as an official submission folder, its gold as the labels of one, or its scores."""

from __future__ import annotations

import argparse

_FORMS = """\
formats:
  submission  the official folder of predictions, TASK/test-LANG.tsv, .json or .jsonl
  labels      the gold that the run was scored with, in the same folders and files: what `xharness score` compares with
  csv         a table of the scores, cells.csv, a row for each cell and metric
  and those of plugins: xharness list formats
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "export",
        help="write a run as an official submission folder, as a table, or in a form to publish it in",
        epilog=_FORMS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folder", metavar="RUN")
    add("--format", default="submission", metavar="F", help="one of the formats below (default: submission)")
    add("--out", required=True, metavar="DIR", help="the folder to write, new or empty: nothing is overwritten")
    add("--seed", type=int, metavar="N", help="the seed, where the run has several")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write, and say what was left out; 1 where something was."""
    from xharness.run.export.export import export

    done = export(args.folder, args.format, args.out, args.registry, args.seed)
    n = len(done.files)
    print(f"{n:,} {'file' if n == 1 else 'files'} written to {args.out}")
    for title, found in (("not exported", done.missing), ("remarks", done.remarks)):
        if found:
            print("\n".join([f"{title}:", *(f"  {line}" for line in found)]))
    return 1 if done.missing else 0
