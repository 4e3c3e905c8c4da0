"""`xharness fetch`: brings the checkpoints and data of a request to a folder, for a machine without a network."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from xharness.cli import experiment
from xharness.cli.grouping import alike
from xharness.cli.options import add_request_options, given, request_of
from xharness.cli.table import size, table
from xharness.data.hub.cache import HubCache
from xharness.errors import BadRequest
from xharness.plan import Plan
from xharness.registry import Registry


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "fetch", help="download the checkpoints and data of a run to a folder, for a machine without a network"
    )
    add_request_options(parser)
    add = parser.add_argument
    add("--plan", metavar="NAME|FILE", help="fetch for a plan that `xharness plan --save` saved, or its plan.jsonl")
    add("--to", required=True, metavar="DIR", help="the folder to fill; `run --offline --data DIR` reads it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fetch into a folder; return 1 if a download failed."""
    from xharness.run.fetching import fetch_data, not_downloaded
    from xharness.scale import fetched

    root = Path(args.to).expanduser().absolute()
    if args.offline:
        raise BadRequest("--offline: fetch downloads; use --offline with the run on the other machine")
    if args.plan and (args.model or args.config):
        raise BadRequest("give --plan, or the options of a request; not both")
    texts = _descriptions(args) if args.plan else []
    hub = fetched.begin(root)
    plans = _saved(texts, hub) if args.plan else _planned(args, hub)
    problems = fetch_data(plans, hub, lambda line: print(line, file=sys.stderr, flush=True))
    failed = {title: error for title, error in problems.items() if not_downloaded(error)}
    sizes = fetched.finish(root, complete=not failed)
    print(_report(sizes, root))
    for line in _left_here(plan for plan, _ in plans):
        print(line)
    places = (title.split(" ") for title in problems)
    for line in alike(
        (task, language, str(problems[f"{task} {language} {split}"])) for task, language, split in places
    ):
        print(f"problem: {line}")
    if failed:
        print("not complete: run the same command again; it continues")
        return 1
    print(f"next: copy {root} to the other machine, and add --offline --data {shlex.quote(args.to)} to the run there")
    return 0


def _descriptions(args: argparse.Namespace) -> Sequence[str]:
    """Return the descriptions of the plans in a plan file."""
    from xharness import api
    from xharness.scale import plan_file

    path = Path(args.plan).expanduser()
    if path.is_file() and path.name != plan_file.FILE:
        raise BadRequest(f"--plan {args.plan}: expected the name of a plan, or its file {plan_file.FILE}")
    store = Path(args.store).expanduser() if args.store else api.home()
    folder = path.absolute().parent if path.is_file() else plan_file.folder_of(store, args.plan)
    return list(dict.fromkeys(work.plan for work in plan_file.read(folder).works))


def _saved(texts: Sequence[str], hub: HubCache) -> list[tuple[Plan, Registry]]:
    from xharness.run.fetching import saved_plan

    return [saved_plan(text, hub) for text in texts]


def _planned(args: argparse.Namespace, hub: HubCache) -> list[tuple[Plan, Registry]]:
    """Return the plans of a request, or of the rows of an experiment; their checkpoints are downloaded."""
    from xharness.experiment.files import read
    from xharness.experiment.running import parts_of
    from xharness.request import resolve
    from xharness.run.preparing import prepare

    registry: Registry = args.registry
    if not experiment.requested(args):
        return [(prepare(resolve(request_of(args), registry, hub=hub), registry), registry)]
    parts = parts_of(read(Path(args.config), given(args)), registry, hub)
    return [(part.plan, registry) for part in parts if part.plan]


def _report(sizes: Mapping[str, int], root: Path) -> str:
    """Return a table of the repositories in a folder."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for name, count in sizes.items():
        _, repository, folder, commit, *rest = name.split("/")
        if folder == "snapshots" and rest:
            kind, *words = repository.split("--")
            groups.setdefault((kind, "/".join(words), commit), []).append(count)
    rows = [
        ["model" if kind == "models" else "data set", name, commit[:12], f"{len(counts):,}", size(sum(counts))]
        for (kind, name, commit), counts in groups.items()
    ]
    total = sum(sum(counts) for counts in groups.values())
    head = f"in {root}: {size(total)} in {sum(map(len, groups.values())):,} files, contents verified"
    return "\n".join([head, table(rows, ("kind", "name", "commit", "files", "size"), right=(3, 4))] if rows else [head])


def _left_here(plans: Iterable[Plan]) -> list[str]:
    """Return a line for each folder of the user that a plan reads and that is not in a hub."""
    lines: dict[str, None] = {}
    for plan in plans:
        resolved = plan.resolved
        for reference, (_, info) in {resolved.request.model: (resolved.model, resolved.info), **plan.others}.items():
            if info.revision is None:
                lines[f"not fetched: model {reference} is a folder; copy it to the other machine too"] = None
        if resolved.data_options.root:
            source = f"source '{resolved.source.name}'"
            lines[f"not fetched: {source} reads files in {resolved.data_options.root}; copy them into DIR"] = None
    return list(lines)
