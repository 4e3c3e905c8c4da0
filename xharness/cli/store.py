"""`xharness store`: what the store holds, and freeing the disk that it takes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xharness.cli.table import table
from xharness.errors import BadRequest
from xharness.store.listing import DROPPED, StoredFolder, entries
from xharness.store.pruning import prune


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its two own ones."""
    parser = subparsers.add_parser("store", help="show what the store holds (ls), or free what it takes (prune)")
    parser.add_argument("what", choices=("ls", "prune"), help="ls: kinds, sizes, last use; prune: remove")
    add = parser.add_argument
    add("--store", metavar="DIR", help="the store's folder (default: $XHARNESS_HOME or ~/.cache/xharness)")
    add("--json", action="store_true", help="ls: print as JSON")
    group = parser.add_argument_group(
        "prune", "Without a choice it removes partial work (scratch) and what killed processes left (temporary)."
    )
    add = group.add_argument
    add("--kind", action="append", default=[], metavar="K", help="remove what is of this kind, as ls names it")
    add("--older-than", type=float, metavar="DAYS", help="remove only what was not used for so long, of any kind")
    add("--dry-run", action="store_true", help="say what would be removed and remove nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List or prune the store."""
    from xharness.api import home

    root = Path(args.store).expanduser() if args.store else home()
    if not root.is_dir():
        raise BadRequest(f"store '{root}': no such folder; name it with --store, or run something first")
    if args.what == "prune":
        _prune(root, args)
    elif args.kind or args.older_than is not None or args.dry_run:
        raise BadRequest("--kind, --older-than and --dry-run belong to xharness store prune")
    else:
        _list(root, as_json=args.json)
    return 0


def _list(root: Path, *, as_json: bool) -> None:
    found = entries(root)
    rows = _grouped(found)
    total = {"count": len(found), "bytes": sum(entry.bytes for entry in found)}
    if as_json:
        print(json.dumps({"store": str(root), "entries": rows, "total": total}, indent=1, ensure_ascii=False))
        return
    shown = [
        [
            f"{row['kind']}{', dropped' if row['dropped'] else ''}",
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
    print(f"{root}: {_counted(found)}")


def _grouped(found: Iterable[StoredFolder]) -> list[dict[str, Any]]:
    """Return a row for each kind, model and tasks; `used` is in UTC, `dropped` of checkpoints without weights."""
    groups: dict[tuple[str, str, str, bool], list[StoredFolder]] = {}
    for entry in found:
        about = entry.about
        place = (entry.kind, about.get("model", ""), about.get("tasks", ""), DROPPED in about)
        groups.setdefault(place, []).append(entry)
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
        raise BadRequest("--json belongs to xharness store ls")
    if args.older_than is not None and not args.older_than >= 0:
        raise BadRequest(f"--older-than {args.older_than:g}: say a number of days, 0 or more")
    known = {entry.kind for entry in entries(root)}
    for kind in args.kind:
        if kind not in known:
            raise BadRequest(f"--kind {kind}: the store holds nothing of the kind; it has {', '.join(sorted(known))}")
    done = prune(root, frozenset(args.kind), args.older_than, dry_run=args.dry_run)
    for kind in sorted({entry.kind for entry in done.removed}):
        print(f"{kind}: {_counted([entry for entry in done.removed if entry.kind == kind])}")
    if done.left:
        print(f"left, since a process works with them: {_counted(done.left)}")
    print(f"{'would free' if args.dry_run else 'freed'} {_size(sum(entry.bytes for entry in done.removed))} of {root}")


def _counted(found: list[StoredFolder]) -> str:
    return f"{len(found):,} {'folder' if len(found) == 1 else 'folders'}, {_size(sum(entry.bytes for entry in found))}"


def _size(n: float) -> str:
    """Write a number of bytes as a person would."""
    for unit in ("bytes", "kB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}"
        n /= 1000
    return f"{n:.1f} GB"
