"""`xharness plan --save`: save the unfinished part of a plan in the store, for workers."""

from __future__ import annotations

import argparse
import json
import shlex

from xharness.cli import experiment
from xharness.cli.options import given, request_of
from xharness.plan import Plan
from xharness.run.progress import counted, duration
from xharness.run.todo import check_any


def save_plan(args: argparse.Namespace) -> None:
    """Save the plan of a request or experiment and print the command of its workers."""
    from xharness import api
    from xharness.run.pending_works import pending_works
    from xharness.scale.saving import save

    plans, base = _plans(args)
    check_any(plans)
    store = api.open_store(args.store)
    works = pending_works(plans, args.registry, store)
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
    if any(plan.resolved.load_options.dtype == "auto" for plan in plans):
        dtypes = ", ".join(dict.fromkeys(plan.dtype for plan in plans))
        print(f"note: dtype {dtypes} was chosen for this machine; if the workers have other hardware, give --dtype")


def _plans(args: argparse.Namespace) -> tuple[list[Plan], str]:
    """Return the plans of a request or of the rows of an experiment, and the first part of a name for them."""
    from xharness import api

    if not experiment.requested(args):
        request = request_of(args)
        return [api.plan(request, args.registry)], api.default_folder(request).name.rpartition("-")[0]
    from pathlib import Path

    from xharness.experiment.files import read
    from xharness.experiment.running import parts_of

    wanted = read(Path(args.config), given(args))
    parts = parts_of(wanted, args.registry)
    return [part.plan for part in parts if part.plan], api.experiment_folder(wanted).name.rpartition("-")[0]
