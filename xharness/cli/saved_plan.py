"""`xharness plan --save`: save the unfinished part of a plan in the store, for workers."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Callable

from xharness.cli import experiment
from xharness.cli.options import given, request_of
from xharness.plan import Plan
from xharness.run.progress import counted, duration
from xharness.run.todo import check_any


def save_plan(args: argparse.Namespace) -> None:
    """Save the plan of a request or experiment and print the command of its workers."""
    from xharness import api
    from xharness.run.pending_works import PendingWorks
    from xharness.scale.saving import save

    store = api.open_store(args.store)
    pending, dtypes, without_data, plans = PendingWorks(args.registry, store), dict[str, None](), list[Plan](), 0

    def take(plan: Plan) -> None:
        nonlocal plans
        plans += 1
        if plan.resolved.load_options.dtype == "auto":
            dtypes[plan.dtype] = None
        if all(plan.jobs[key].problem for key in plan.predictions.values()):
            without_data.append(plan)
        pending.add(plan)

    base = _each_plan(args, take)
    if len(without_data) == plans:
        check_any(without_data)
    works = list(pending.works.values())
    if not works:
        print("nothing to save: the store has all results of this plan; `xharness run` shows them")
        return
    shared = save(store.root, works, base, args.save or None)
    name, seconds = shared.plan.name, sum(work.seconds for work in works)
    worker = f"xharness worker {shlex.quote(str(store.root))} --plan {name}"
    if args.json:
        values = {"plan": name, "folder": str(shared.plan.folder), "works": len(works), "seconds": seconds}
        print(json.dumps(values | {"worker": worker}, indent=1))
        return
    about = f", about {duration(seconds)} for one worker" if seconds >= 1 else ""
    print(f"plan {name}: {counted(len(works), 'work')}{about}")
    print(f"start workers, on any machines that see the store:\n  {worker}")
    print(f"see their state:\n  xharness status {name} --store {shlex.quote(str(store.root))}")
    print("then `xharness run` with the same options writes the results")
    if dtypes:
        names = ", ".join(dtypes)
        print(f"note: dtype {names} was chosen for this machine; if the workers have other hardware, give --dtype")


def _each_plan(args: argparse.Namespace, take: Callable[[Plan], object]) -> str:
    """Call `take` with the plan of a request or with that of each row; return the first part of a name for them."""
    from xharness import api

    if not experiment.requested(args):
        request = request_of(args)
        take(api.plan(request, args.registry))
        return api.default_folder(request).name.rpartition("-")[0]
    from pathlib import Path

    from xharness.experiment.files import read
    from xharness.experiment.running import each_plan

    wanted = read(Path(args.config), given(args))
    each_plan(wanted, args.registry, take)
    return api.experiment_folder(wanted).name.rpartition("-")[0]
