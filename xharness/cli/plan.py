"""`xharness plan`: the stages of a run, which of them are shared, and their cost."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xharness.cli import experiment
from xharness.cli.grouping import alike, noted
from xharness.cli.options import add_request_options, request_of
from xharness.cli.saved_plan import save_plan
from xharness.cli.table import size, table
from xharness.language_filters import left_out
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run.noisy_share import SAMPLED
from xharness.run.pricing import assumed, disk, prices
from xharness.run.progress import duration
from xharness.run.records.contamination import Find, overlaps
from xharness.run.steps.step import Price
from xharness.run.steps.table import STEPS
from xharness.run.todo import check_any
from xharness.specs.models import ModelInfo
from xharness.specs.sources import translated
from xharness.specs.stage_params import Noising, Translate
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("plan", help="print the stages of a run and their estimated cost; runs nothing")
    add_request_options(parser)
    parser.add_argument("--json", action="store_true", help="print the stages as JSON")
    parser.add_argument(
        "--save",
        nargs="?",
        const="",
        metavar="NAME",
        help="save the plan in the store for `xharness worker`; NAME by default from the request",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the plan of a request, or save it for workers."""
    if args.save is not None:
        save_plan(args)
    else:
        show_plan(args, as_json=args.json)
    return 0


def show_plan(args: argparse.Namespace, *, as_json: bool) -> None:
    """Print the plan of a request or experiment; BadRequest if no cell of it has data."""
    if experiment.requested(args):
        experiment.show_plan(args, as_json=as_json)
        return
    from xharness import api

    registry: Registry = args.registry
    planned = api.plan(request_of(args), registry)
    check_any([planned])
    store = api.open_store(args.store)
    priced = prices(planned, registry, store)

    def find(name: str) -> Task:
        return registry.get("tasks", name)

    if as_json:
        print(json.dumps(_as_json(planned, priced, find), indent=1, ensure_ascii=False))
    else:
        print(_as_text(planned, priced, store.root, find))


def _as_json(plan: Plan, priced: dict[str, Price], find: Find) -> dict[str, Any]:
    stages = [
        {
            "key": job.key,
            "kind": job.kind,
            "needs": list(job.needs),
            "data": {role: f"{ref.task}/{ref.language}/{ref.split}" for role, ref in job.stage.data.items()},
            "cells": len(job.cells),
            "problem": job.problem,
            **vars(priced[job.key]),
        }
        for job in plan.jobs.values()
    ]
    kept, most = disk(plan, priced)
    return {
        "stages": stages,
        "cells": len(plan.predictions),
        "dtype": plan.dtype,
        "bytes": {"kept": kept, "at_most": most},
        "overlaps": [{"task": task, "language": language, **each} for task, language, each in _overlaps(plan, find)],
    }


def _counted_with_noise(plan: Plan) -> str:
    if plan.resolved.source.offline:
        return f"examples that a noise changes, estimated from the first {SAMPLED} of each split"
    return "all examples are counted; those that a noise leaves as they are take no time"


def _as_text(plan: Plan, priced: dict[str, Price], root: Path, find: Find) -> str:
    rows = [_row(group, priced, plan) for group in _groups(plan)]
    total = _sum([priced[key] for key in plan.jobs])
    info = plan.resolved.info
    clean = sum(cell.place.noise is None for cell in plan.predictions)
    noisy = len(plan.predictions) - clean
    count = f"{clean}, and {noisy} with noise" if noisy else str(clean)
    lines = [
        f"model   {info.reference}: {info.architecture}, {_about(info, plan.dtype)}",
        f"recipe  {plan.resolved.recipe.name}    source  {plan.resolved.source.name}    cells  {count}",
        "",
        table(rows, ("stage", "on", "cells", "examples", "tokens", "time", "disk"), right=(2, 3, 4, 5, 6)),
        "",
        f"total: {'at least' if total.partial else 'about'} {total.tokens:,} tokens, {_time(total, plan)}, "
        + _disk(plan, priced)
        + (" (times are rough: no speed measured on this machine yet)" if _rough(root, plan) else ""),
    ]
    if any(key in plan.clean and not priced[key].cached for key in plan.jobs):
        lines.append(f"with noise: {_counted_with_noise(plan)}")
    shared = [job for job in plan.jobs.values() if job.kind not in ("pretrained", "predict") and len(job.cells) > 1]
    for job in shared:
        tasks = Counter(cell.place.task for cell in job.cells)
        served = ", ".join(f"{name} ({count})" for name, count in tasks.items())
        if (line := f"shared: {job.kind} on {job.subject} serves {served}") not in lines:
            lines.append(line)
    lines += [
        f"again: {job.kind} on {job.subject}: its {'checkpoint was' if job.stage.params.trains else 'vectors were'} "
        f"deleted after use; --keep-checkpoints keeps {'it' if job.stage.params.trains else 'them'}"
        for job in plan.jobs.values()
        if priced[job.key].dropped and not priced[job.key].cached
    ]
    lines += [f"overlap: {text}" for text in noted(_overlaps(plan, find))]
    jobs = [job for job in plan.of_kind("predict") if job.problem]
    problems = [(cell.place.task, cell.place.language, str(job.problem)) for job in jobs for cell in job.cells]
    lines += [f"problem: {text}" for text in alike(problems)]
    resolved = plan.resolved
    has = {**dict.fromkeys(resolved.suite.tasks if resolved.suite else (), ()), **resolved.asked}
    lines += [f"left out: {text}" for text in left_out(resolved.request.languages, has)]
    skipped = [(cell.place.task, cell.place.language, str(error)) for cell, error in plan.skipped.items()]
    lines += [f"skipped: {text}" for text in alike(skipped)]
    return "\n".join(lines)


def _about(info: ModelInfo, dtype: str) -> str:
    if not info.parameters:
        return "parameters and dtype unknown" if info.dtype else f"parameters unknown, {dtype}"
    return f"{info.parameters / 1e6:.0f} M parameters, {dtype}"


def _time(price: Price, plan: Plan) -> str:
    return duration(price.seconds) if plan.resolved.info.parameters else "time unknown"


def _rough(root: Path, plan: Plan) -> bool:
    return bool(plan.resolved.info.parameters) and assumed(root, plan)


def _overlaps(plan: Plan, find: Find) -> list[tuple[str, str, dict[str, Any]]]:
    """Return task, language and caveat of each overlap of each cell."""
    return [
        (cell.place.task, cell.place.language, each.record())
        for job in plan.of_kind("predict")
        for each in overlaps(job.stage, find)
        for cell in job.cells
    ]


def _groups(plan: Plan) -> list[list[Job]]:
    groups: dict[tuple[str, ...], list[Job]] = {}
    for job in plan.jobs.values():
        refs = list(job.stage.data.values())
        needs = [key for key in job.needs if not STEPS[plan.jobs[key].kind].inline]
        noise = ["noise"] if job.key in plan.clean else []
        groups.setdefault((job.kind, *noise, *needs, *dict.fromkeys(ref.task for ref in refs)), []).append(job)
    return list(groups.values())


def _row(jobs: list[Job], priced: dict[str, Price], plan: Plan) -> list[str]:
    price = _sum([priced[job.key] for job in jobs])
    subject = STEPS[jobs[0].kind].subject
    where = subject(jobs) if subject else _where([ref for job in jobs for ref in job.stage.data.values()])
    targets = [job.stage.params.target for job in jobs if isinstance(job.stage.params, Translate)]
    where += f" into {_counted(targets)}" if targets else ""
    where += (
        f" with {_noises(jobs, plan)}" if jobs[0].key in plan.clean or isinstance(jobs[0].stage.params, Noising) else ""
    )
    cells = sum(len(job.cells) for job in jobs)
    if price.cached:
        return [jobs[0].kind, where, str(cells), "", "", "not needed" if price.dropped else "cached", ""]
    return [
        jobs[0].kind,
        where,
        str(cells),
        f"{price.examples:,}",
        f"{price.tokens:,}",
        duration(price.seconds) if plan.resolved.info.parameters else "unknown",
        size(price.bytes),
    ]


def _where(refs: list[DataRef]) -> str:
    """Name the tasks, the split and the languages of stages that read the same split as the first of `refs`."""
    if not refs:
        return "as given"
    first = refs[0]
    same = [ref for ref in refs if ref.split in (first.split, translated(first.split))]
    return f"{', '.join(dict.fromkeys(ref.task for ref in same))} {first.split}, {_counted(r.language for r in same)}"


def _noises(jobs: list[Job], plan: Plan) -> str:
    """Name the noise and the severity of jobs, or count the noises at their severities."""
    made = [job if isinstance(job.stage.params, Noising) else plan.jobs[job.made["inputs"]] for job in jobs]
    found = list(dict.fromkeys((job.params(Noising).noise, job.params(Noising).severity) for job in made))
    names, severities = (len(set(values)) for values in zip(*found, strict=True))
    if len(found) == 1:
        return "noise {}:{}".format(*found[0])
    what = f"noise {found[0][0]}" if names == 1 else f"{names} noises"
    return f"{what} at {severities} severit{'y' if severities == 1 else 'ies'}"


def _counted(codes: Iterable[str]) -> str:
    languages = list(dict.fromkeys(codes))
    return languages[0] if len(languages) == 1 else f"{len(languages)} languages"


def _sum(prices: list[Price]) -> Price:
    return Price(
        sum(price.examples for price in prices),
        sum(price.tokens for price in prices),
        sum(price.seconds for price in prices),
        sum(price.bytes for price in prices),
        all(price.cached for price in prices),
        any(price.dropped for price in prices),
        any(price.partial for price in prices),
    )


def _disk(plan: Plan, priced: dict[str, Price]) -> str:
    kept, most = disk(plan, priced)
    if most == kept:
        return f"{size(kept)} of disk"
    return f"{size(most)} of disk at the peak, {size(kept)} at the end"
