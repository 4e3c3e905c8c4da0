"""Experiments on the command line: `run` and `plan` with a configuration file that has rows."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.cli.grouping import alike
from xharness.cli.options import given
from xharness.cli.table import size, table
from xharness.experiment.files import is_experiment, read
from xharness.run.progress import Progress, duration, progress, write_line
from xharness.run.todo import check_any

if TYPE_CHECKING:
    from xharness.experiment.blocks import Block
    from xharness.experiment.costing import Cost, Costs

_WIDE = 118


def requested(args: argparse.Namespace) -> bool:
    """Return whether the file of `--config` is an experiment."""
    return bool(args.config) and is_experiment(Path(args.config))


def run(args: argparse.Namespace) -> int:
    """Run an experiment; return 1 if a row did not finish."""
    from xharness import api
    from xharness.experiment.tables import blocks

    experiment = read(Path(args.config), given(args))
    out = Path(args.out) if args.out else api.experiment_folder(experiment)
    content = api.experiment(experiment, registry=args.registry, out=out, store=args.store, display=_display)
    if args.json:
        print(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        print("\n\n".join(_shown(block) for block in blocks(content)))
        report = ", report.md, report.svg" if experiment.report else ""
        print(f"\nwritten to {out}: table.md, experiment.json{report}, and the run of each row in rows/")
    return 0 if content["complete"] else 1


def _display(title: str) -> Progress:
    write_line(f"\n{title}")
    return progress()


def _shown(block: Block) -> str:
    parts = [block.title, *_tables(block.header, block.rows), "\n".join(block.lines)]
    return "\n".join(part for part in parts if part)


def _tables(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table; if it is wider than a terminal, in parts that repeat the first column."""
    widths = [2 + max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    start = 1
    while start < len(header):
        end, wide = start, widths[0]
        while end < len(header) and (end == start or wide + widths[end] <= _WIDE):
            wide += widths[end]
            end += 1
        part = [[row[0], *row[start:end]] for row in (header, *rows)]
        yield table(part[1:], part[0], right=range(1, len(part[0])))
        start = end


def show_plan(args: argparse.Namespace, *, as_json: bool) -> None:
    """Print the plan of an experiment; BadRequest if no cell of it has data."""
    from xharness import api
    from xharness.experiment.costing import costs_of
    from xharness.experiment.running import parts_of

    experiment = read(Path(args.config), given(args))
    store = api.open_store(args.store)
    parts = parts_of(experiment, args.registry)
    check_any(part.plan for part in parts if part.plan)
    costs = costs_of(parts, args.registry, store)
    if as_json:
        print(json.dumps(costs.content(), indent=1, ensure_ascii=False))
        return
    print(_plan(costs))
    for task in experiment.sweep.tasks if experiment.sweep else ():
        if not any(part.task == task for part in parts):
            print(f"no scores by hidden layer for {task}: no row evaluates it")


def _plan(costs: Costs) -> str:
    guess = " (times are rough: no speed measured on this machine yet)" if costs.guessed else ""
    lines = [
        table([_cost(cost) for cost in costs.rows], ("row", *_HEADER), right=range(1, 6)),
        "a stage that several rows share is counted in the first of these rows",
        "",
        table(
            [_cost(cost) for cost in (*costs.kinds.values(), costs.total)], ("all stages", *_HEADER), right=range(1, 6)
        ),
        "",
        f"total: about {costs.total.tokens:,} tokens, {duration(costs.total.seconds)}{guess}, "
        f"{size(costs.most)} of disk at the peak, {size(costs.kept)} at the end",
    ]
    lines += [f"shared: {stage} serves {len(rows)} rows: {', '.join(rows)}" for stage, rows in costs.shared.items()]
    lines += [f"row {name} cannot be run: {reason}" for name, reason in costs.refused.items()]
    problems = [(f"row {where['row']}:", where["language"], reason) for reason, where in costs.problems.items()]
    lines += [f"problem: {text}" for text in alike(problems)]
    return "\n".join(lines)


_HEADER = ("stages", "to do", "tokens", "time", "disk")


def _cost(cost: Cost) -> list[str]:
    if not cost.missing:
        return [cost.name, f"{cost.stages:,}", "0", "", "cached" if cost.stages else "refused", ""]
    todo = [f"{cost.tokens:,}", duration(cost.seconds), size(cost.bytes)]
    return [cost.name, f"{cost.stages:,}", f"{cost.missing:,}", *todo]
