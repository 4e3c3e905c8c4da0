"""`xharness status`: what is done, running, failed and waiting of a saved plan."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from xharness.run.progress import duration


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("status", help="show what is done, running, failed and waiting of a saved plan")
    add = parser.add_argument
    add("plan", metavar="PLAN", help="name of the plan, or its folder in the store")
    add("--store", metavar="DIR", help="folder of the artifacts (default: $XHARNESS_HOME or ~/.cache/xharness)")
    add("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the state of a plan; return 1 if a work failed."""
    from xharness.api import home
    from xharness.scale import plan_file
    from xharness.scale.shared import Shared
    from xharness.scale.status import status

    root = Path(args.store).expanduser() if args.store else home()
    folder = Path(args.plan) if (Path(args.plan) / plan_file.FILE).is_file() else plan_file.folder_of(root, args.plan)
    found = status(Shared(plan_file.read(folder.absolute())))
    print(json.dumps(found, indent=1, ensure_ascii=False) if args.json else _as_text(found))
    return 1 if found["failed"] else 0


def _as_text(found: dict[str, Any]) -> str:
    running, failed = found["running"], found["failed"]
    head = f"plan {found['plan']}: {found['done']:,} of {found['works']:,} works done, {len(running):,} running, "
    left = (
        f"; about {duration(found['seconds_left'])} of work left for one worker" if found["seconds_left"] >= 1 else ""
    )
    lines = [f"{head}{len(failed):,} failed, {found['waiting']:,} waiting{left}"]
    lines += [f"running: {each['work']}  ({_who(each)}, since {each['since']})" for each in running]
    lines += [f"failed: {each['work']}: {each['reason']}  ({_who(each)})" for each in failed]
    if failed:
        lines.append("failed works are done again by `xharness worker ... --retry-failed` or by `xharness run`")
    return "\n".join(lines)


def _who(each: dict[str, Any]) -> str:
    return f"{each['host']}, process {each['pid']}"
