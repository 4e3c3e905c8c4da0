"""`xharness new`: write the package of a plugin, with data, tests and CI."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from xharness.cli.table import table
from xharness.errors import BadRequest
from xharness.new.columns import NAMES
from xharness.new.forms import FORMS
from xharness.new.naming import Naming, checked
from xharness.new.packages import WHATS, Package, package_of
from xharness.new.rendering import check_free, write
from xharness.new.tasks import Wanted, parsed_columns
from xharness.registry import Registry


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("new", help="write the package of a plugin, with data, tests and CI")
    add = parser.add_argument
    add("what", choices=WHATS, metavar="WHAT", help=", ".join(WHATS))
    add("name", metavar="NAME", help="the name of the plugin, for example book-reviews")
    add("--from", dest="origin", metavar="DATA", help="task: a CSV, TSV, JSON, JSON Lines or CoNLL file, or a hub id")
    add("--kind", metavar="K", help=f"task: its kind ({', '.join(FORMS)}); by default the columns decide")
    add(
        "--column",
        action="append",
        default=[],
        metavar="ROLE=COLUMN",
        help=f"task: the column of a role, for example text=premise (repeatable); roles: {', '.join(NAMES)}",
    )
    add("--lang", action="append", default=[], metavar="L", help="task: the language, if the data do not give it")
    add("--data", metavar="DIR", help="task: folder with copies of hub repositories, instead of the hub")
    add("--revision", metavar="HASH", help="task: the commit of the hub repository (default: the newest)")
    add("--summary", metavar="TEXT", help="one line that says what the plugin is for")
    add("--out", metavar="DIR", help="the new folder (default: xharness-NAME)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the package and print its files, the choices and the next commands."""
    registry: Registry = args.registry
    groups = ("kinds", "tasks") if args.what == "kind" else (f"{args.what}s",)  # a kind is written with a task
    naming = checked(args.what, args.name, [name for group in groups for name in registry.names(group)])
    _check_options(args)
    out = Path(args.out or naming.distribution).expanduser()
    check_free(out)
    if naming.near:
        print(f"note: {args.what}s with similar names exist: {', '.join(naming.near)}")
    _ask(args)
    wanted = Wanted(
        kind=args.kind,
        columns=parsed_columns(args.column),
        languages=tuple(args.lang),
        data=Path(args.data).expanduser() if args.data else None,
        revision=args.revision,
    )
    package = package_of(args.what, naming, args.origin or "", wanted, args.summary or "")
    written = write(out, package.files, package.copies)
    _print(package, naming, out, written)
    return 0


def _check_options(args: argparse.Namespace) -> None:
    given = {"--from": args.origin, "--kind": args.kind, "--column": args.column, "--lang": args.lang}
    given |= {"--data": args.data, "--revision": args.revision}
    used = next((option for option, value in given.items() if value), None)
    if args.what != "task" and used:
        raise BadRequest(f"{used} is only for `xharness new task`; leave it out")
    needs_data = next((option for option in ("--column", "--lang", "--data", "--revision") if given[option]), None)
    if needs_data and not args.origin:
        raise BadRequest(f"{needs_data} describes the data of --from; add --from FILE")


def _ask(args: argparse.Namespace) -> None:
    """Ask on a terminal for what was not given; an empty answer takes the default."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    if args.what == "task" and not args.origin:
        args.origin = input("data (file or hub id; empty: an example): ").strip()
        if not args.origin and not args.kind:
            args.kind = input(f"kind of task ({', '.join(FORMS)}) [classification]: ").strip() or None
    if not args.summary:
        args.summary = input("what is it for, in one line: ").strip()


def _print(package: Package, naming: Naming, out: Path, written: list[str]) -> None:
    if package.choices:
        print(table([list(choice) for choice in package.choices], ("choice", "value", "why")))
        print(f"\nto change: --kind K or --column ROLE=COLUMN, or edit {out / naming.module / '__init__.py'}\n")
    print(f"wrote {out}:")
    for name in written:
        print(f"  {name}")
    print(f"\nnext:\n  xharness check {out}\n  pip install -e {out}\n  {package.use}")
