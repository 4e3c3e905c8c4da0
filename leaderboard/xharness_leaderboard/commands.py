"""`xharness leaderboard build`: merge runs into leaderboard.json and a static page."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xharness import BadRequest, Suite, absent, needs

SELECTED = "selected tasks"
"""The name of the suite of the tasks of `--task`; a plugin cannot declare it by chance."""
_NEEDS = ("jinja2", "jsonschema", "matplotlib", "orjson")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("leaderboard", help="build a leaderboard of many runs: JSON and a static page")
    add = parser.add_argument
    add("action", choices=("build",), help="build: merge runs, rank them, write leaderboard.json and the page")
    add("runs", metavar="RUN", nargs="+", help="folder of a run, or its results.json")
    add("--out", metavar="DIR", default="leaderboard", help="output folder (default: leaderboard)")
    add("--suite", metavar="S", action="append", default=[], help="show this suite, and only chosen ones (repeatable)")
    add("--task", metavar="T", action="append", default=[], help="rank the mean of these tasks (repeatable)")
    add("--title", metavar="T", default="Leaderboard", help="title of the page (default: Leaderboard)")
    add("--reference", metavar="ENTRY", help="entry that errors under noise are compared with: its id or model")
    add("--one-table", action="store_true", help="rank fine-tuned, prompted and embedded entries together")
    add("--json", action="store_true", help="print leaderboard.json instead of the ranking")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build the board and return the exit code: 1 if a file was refused or the page not written."""
    if missing := absent(*_NEEDS):
        raise BadRequest(needs("a leaderboard", missing, "site"))
    from xharness_leaderboard import writing
    from xharness_leaderboard.board import build
    from xharness_leaderboard.published import published
    from xharness_leaderboard.records import read_all
    from xharness_leaderboard.robustness import RobustnessOptions
    from xharness_leaderboard.tables import ranking

    writing.target(args.out)
    with uncollected():
        runs, refused = read_all(args.runs)
        if not runs:
            raise BadRequest("; ".join(f"refused {line['file']}: {line['reason']}" for line in refused))
        facts = published(args.registry.published()).content()
        noises = RobustnessOptions(families_of(args.registry), args.reference)
        board = build(
            runs,
            **chosen(declared(args.registry), args),
            published=facts,
            refused=refused,
            noises=noises,
            title=args.title,
            one_table=args.one_table,
        )
        problem = None
        try:
            page = f"page: {writing.write(board, args.out)}"
        except writing.PageError as error:
            if args.debug:
                raise
            problem, page = str(error), "page: none"
        shown = writing.text_of(board).rstrip() if args.json else f"{ranking(board)}\n\n{page}"
    for line in board["refused"]:
        print(f"xharness: refused: {line['file']}: {line['reason']}", file=sys.stderr)
    print(shown)
    if problem:
        print(f"xharness: {problem}", file=sys.stderr)
    return 1 if problem or board["refused"] else 0


def chosen(parts: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """Add the names of the suites to show to the arguments of `build`, and a suite of the tasks of `--task`.

    Raises BadRequest for an unknown suite or task, and for a task that is not evaluated.
    """
    names = [args.registry.get("suites", name).name for name in args.suite]
    tasks = [args.registry.get("tasks", name).name for name in dict.fromkeys(args.task)]
    for name in (*tasks, *(task for suite in names for task in parts["suites"][suite].tasks)):
        if args.registry.get("tasks", name).name not in parts["tasks"]:
            raise BadRequest(f"task '{name}' is only for training and has no score; choose another with --task")
    if not tasks:
        return {**parts, "chosen": names}
    own = Suite(name=SELECTED, tasks=dict.fromkeys(tasks, ()), summary="the tasks of --task")
    return {**parts, "suites": {**parts["suites"], SELECTED: own}, "chosen": [*names, SELECTED]}


@contextmanager
def uncollected() -> Iterator[None]:
    """Disable garbage collection within the block: a board has millions of small objects without cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def declared(registry: Any) -> dict[str, Any]:
    """Return the arguments of `build` that a registry declares: tasks, suites, errors and toys."""
    tasks = {task.name: task for task in registry.all("tasks") if task.metric_names}
    errors = {
        name for name, task in tasks.items() if not registry.get("metrics", task.metric_names[0]).higher_is_better
    }
    suites = {suite.name: suite for suite in registry.all("suites")}
    toys = {source.name for source in registry.all("sources") if source.synthetic}
    return {"tasks": tasks, "suites": suites, "errors": errors, "toys": toys}


def families_of(registry: Any) -> dict[str, str]:
    """Return the families of the noises of a registry by name."""
    return {noise.name: noise.family for noise in registry.all("noises")}
