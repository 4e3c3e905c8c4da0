"""`xharness leaderboard build`: from runs to leaderboard.json and a page that opens from disk."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from xharness import BadRequest

_NEEDS = ("jinja2", "jsonschema", "matplotlib", "orjson")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("leaderboard", help="build a ranked board of many runs: JSON and a page")
    add = parser.add_argument
    add("action", choices=("build",), help="build: merge runs, rank them, write leaderboard.json and the page")
    add("runs", metavar="RUN", nargs="+", help="the folder of a run, or its results.json")
    add("--out", metavar="DIR", default="leaderboard", help="the folder to write (default: leaderboard)")
    add("--title", metavar="T", default="Leaderboard", help="the title of the page")
    add("--json", action="store_true", help="print leaderboard.json instead of the ranking")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build the board; 1 where something was refused."""
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise BadRequest(f"a board needs {' and '.join(missing)}: pip install 'xharness[site]'")
    from xharness_leaderboard import writing
    from xharness_leaderboard.board import build
    from xharness_leaderboard.published import published
    from xharness_leaderboard.records import read_all
    from xharness_leaderboard.tables import ranking

    writing.target(args.out)
    with uncollected():
        runs, refused = read_all(args.runs)
        if not runs:
            raise BadRequest("; ".join(f"refused {line['file']}: {line['reason']}" for line in refused))
        facts = published(args.registry.published()).content()
        board = build(runs, **declared(args.registry), published=facts, refused=refused, title=args.title)
        page = writing.write(board, args.out)
        shown = writing.text_of(board).rstrip() if args.json else f"{ranking(board)}\n\npage: {page}"
    for line in board["refused"]:
        print(f"xharness: refused: {line['file']}: {line['reason']}", file=sys.stderr)
    print(shown)
    return 1 if board["refused"] else 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles of objects: a board is millions of small ones without any, and looking takes the longest."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def declared(registry: Any) -> dict[str, Any]:
    """Return what `build` must know of the tasks and suites of a registry."""
    tasks = {task.name: task for task in registry.all("tasks") if task.metric_names}
    errors = {
        name for name, task in tasks.items() if not registry.get("metrics", task.metric_names[0]).higher_is_better
    }
    suites = {suite.name: suite for suite in registry.all("suites")}
    toys = {source.name for source in registry.all("sources") if source.synthetic}
    return {"tasks": tasks, "suites": suites, "errors": errors, "toys": toys}
