"""`xharness export`: writes a run as an official submission folder, its gold as labels, or its scores."""

from __future__ import annotations

import argparse

_FORMS = """\
formats:
  submission  the predictions as an official submission folder: TASK/test-LANG.tsv, .json or .jsonl
  labels      the gold labels of the run, in the same layout: the --labels of `xharness score`
  csv         a table of the scores, cells.csv, with one row for each cell and metric
  NAME        a format of a plugin; `xharness list formats` lists them
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "export",
        help="write a run as an official submission folder, a table of scores, or a format for publishing",
        epilog=_FORMS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folder", metavar="RUN", help="folder of a run, or its results.json")
    add("--format", default="submission", metavar="F", help="one of the formats below (default: submission)")
    add("--out", required=True, metavar="DIR", help="output folder, new or empty; nothing is overwritten")
    add("--seed", type=int, metavar="N", help="the seed, if the run has several")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files and print what is missing; return 1 if something is missing."""
    from xharness.run.export.export import export

    done = export(args.folder, args.format, args.out, args.registry, args.seed)
    n = len(done.files)
    print(f"{n:,} {'file' if n == 1 else 'files'} written to {args.out}")
    for title, lines in (("not exported", done.missing), ("remarks", done.remarks)):
        if lines:
            print("\n".join([f"{title}:", *(f"  {line}" for line in lines)]))
    return 1 if done.missing else 0
