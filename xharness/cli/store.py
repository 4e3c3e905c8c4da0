"""`xharness store`: lists the artifacts of the store, and deletes them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xharness.cli.table import table
from xharness.errors import BadRequest
from xharness.store.artifacts import DROPPED
from xharness.store.listing import StoredFolder, entries
from xharness.store.pruning import prune


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("store", help="list the artifacts of the store (ls), or delete some (prune)")
    parser.add_argument(
        "action", choices=("ls", "prune"), metavar="ls|prune", help="ls: list kinds, sizes and last use; prune: delete"
    )
    add = parser.add_argument
    add("--store", metavar="DIR", help="folder of the artifacts (default: $XHARNESS_HOME or ~/.cache/xharness)")
    add("--json", action="store_true", help="ls: print as JSON")
    group = parser.add_argument_group(
        "prune",
        "Without --kind and --older-than: partial trainings (scratch) and files of killed processes (temporary).",
    )
    add = group.add_argument
    add(
        "--kind",
        action="append",
        default=[],
        metavar="K",
        help="delete artifacts of this kind (repeatable)",
    )
    add(
        "--older-than",
        type=float,
        metavar="DAYS",
        help="delete artifacts that were not used for so many days",
    )
    add("--dry-run", action="store_true", help="print what would be deleted; delete nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List or prune the store."""
    from xharness.api import home

    root = Path(args.store).expanduser() if args.store else home()
    if not root.is_dir():
        raise BadRequest(f"store '{root}': no such folder; the first run creates it, or choose another with --store")
    if args.action == "prune":
        _prune(root, args)
    elif args.kind or args.older_than is not None or args.dry_run:
        raise BadRequest("--kind, --older-than and --dry-run are options of xharness store prune, not of ls")
    else:
        _list(root, as_json=args.json)
    return 0


def _list(root: Path, *, as_json: bool) -> None:
    artifacts = entries(root)
    rows = _grouped(artifacts)
    total = {"count": len(artifacts), "bytes": sum(entry.bytes for entry in artifacts)}
    if as_json:
        print(json.dumps({"store": str(root), "entries": rows, "total": total}, indent=1, ensure_ascii=False))
        return
    shown = [
        [
            f"{row['kind']}{', weights deleted' if row['dropped'] else ''}",
            row["model"],
            row["tasks"],
            f"{row['count']:,}",
            _size(row["bytes"]),
            row["used"][:10],
        ]
        for row in rows
    ]
    if shown:
        print(table(shown, ("kind", "model", "tasks", "count", "size", "last used"), right=(3, 4)) + "\n")
    print(f"{root}: {_counted(artifacts)}")


def _grouped(artifacts: Iterable[StoredFolder]) -> list[dict[str, Any]]:
    """Return a row for each kind, model and tasks; `used` is in UTC, `dropped`: the weights were deleted."""
    groups: dict[tuple[str, str, str, bool], list[StoredFolder]] = {}
    for entry in artifacts:
        about = entry.about
        group = (entry.kind, about.get("model", ""), about.get("tasks", ""), DROPPED in about)
        groups.setdefault(group, []).append(entry)
    return [
        {
            "kind": kind,
            "model": model,
            "tasks": tasks,
            "dropped": dropped,
            "count": len(group),
            "bytes": sum(entry.bytes for entry in group),
            "used": datetime.fromtimestamp(max(entry.used for entry in group), UTC).isoformat(timespec="seconds"),
        }
        for (kind, model, tasks, dropped), group in sorted(groups.items())
    ]


def _prune(root: Path, args: argparse.Namespace) -> None:
    if args.json:
        raise BadRequest("--json is an option of xharness store ls, not of prune")
    if args.older_than is not None and not args.older_than >= 0:
        raise BadRequest(f"--older-than {args.older_than:g}: must be a number of days, at least 0")
    known = {entry.kind for entry in entries(root)}
    for kind in args.kind:
        if kind not in known:
            raise BadRequest(f"--kind {kind}: not in the store; available: {', '.join(sorted(known)) or 'none'}")
    done = prune(root, frozenset(args.kind), args.older_than, dry_run=args.dry_run)
    for kind in sorted({entry.kind for entry in done.removed}):
        print(f"{kind}: {_counted([entry for entry in done.removed if entry.kind == kind])}")
    if done.left:
        print(f"kept, because a process uses them: {_counted(done.left)}")
    print(f"{'would free' if args.dry_run else 'freed'} {_size(sum(entry.bytes for entry in done.removed))} in {root}")


def _counted(artifacts: list[StoredFolder]) -> str:
    count = len(artifacts)
    return f"{count:,} {'folder' if count == 1 else 'folders'}, {_size(sum(entry.bytes for entry in artifacts))}"


def _size(n: float) -> str:
    """Format a number of bytes with the unit that fits."""
    for unit in ("bytes", "kB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}"
        n /= 1000
    return f"{n:.1f} GB"
