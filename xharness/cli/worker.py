"""`xharness worker`: performs works of a saved plan until none is left."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from typing import Any, NoReturn

from xharness.errors import BadRequest


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "worker",
        help="perform works of a plan that `xharness plan --save` saved; start any number, on any machines",
    )
    add = parser.add_argument
    add("store", metavar="STORE", help="folder of the artifacts, which all workers see")
    add("--plan", metavar="NAME", help="the plan to work on (default: all plans of the store, one after the other)")
    add("--device", type=int, metavar="N", help="use GPU number N (sets CUDA_VISIBLE_DEVICES)")
    add("--retry-failed", action="store_true", help="perform works again that failed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work on plans; return 1 if a work of them failed."""
    if args.device is not None:
        if args.device < 0:
            raise BadRequest(f"--device {args.device}: must be the number of a GPU, 0 or more")
        os.environ["CUDA_VISIBLE_DEVICES"] = str(args.device)
    from xharness.run.progress import write_line
    from xharness.run.working_off import work_off
    from xharness.scale import plan_file
    from xharness.scale.shared import Shared
    from xharness.store.artifacts import Store
    from xharness.store.writing import this_machine

    root = Path(args.store).expanduser().absolute()
    chosen = [args.plan] if args.plan else plan_file.names(root)
    if not chosen:
        raise BadRequest(f"no plan in '{root}'; save one with `xharness plan ... --save --store {root}`")
    plans = [plan_file.read(plan_file.folder_of(root, name)) for name in chosen]
    store, failed = Store(root), 0
    who = f"[{this_machine().partition('/')[0]} {os.getpid()}]"

    def say(text: str) -> None:
        write_line(f"{who} {text}")

    before = signal.signal(signal.SIGTERM, _stop)
    try:
        for plan in plans:
            shared = Shared(plan)
            if args.retry_failed:
                shared.reopen(shared.failed())
            count, bad = work_off(shared, store, say), len(shared.failed())
            failed += bad
            done = f"this worker performed {count} of {len(plan.works)} works, {bad} failed"
            say(f"plan {plan.name}: nothing left; {done}")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 1 if failed else 0


def _stop(*_: Any) -> NoReturn:
    """End as after Ctrl-C, so that the work becomes free for other workers at once."""
    raise KeyboardInterrupt
