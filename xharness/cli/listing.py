"""`xharness list`: the names of what the plugins declare."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from xharness.cli.table import table
from xharness.languages import LANGUAGES
from xharness.registry import SPECS, Registry

_COLUMNS: dict[str, tuple[tuple[str, Callable[[Any], str]], ...]] = {
    "kinds": (
        ("needs", lambda kind: kind.capability),
        ("columns", lambda kind: ", ".join(kind.columns)),
        ("metrics", lambda kind: ", ".join(kind.metrics)),
    ),
    "tasks": (
        ("kind", lambda task: task.kind.name),
        ("languages", lambda task: str(len(task.languages))),
        ("score", lambda task: "+".join(task.headline_names)),
    ),
    "suites": (("tasks", lambda suite: str(len(suite.tasks))),),
    "models": (("can", lambda model: ", ".join(sorted(model.capabilities))),),
    "metrics": (("kinds", lambda metric: ", ".join(metric.kinds)), ("signature", lambda metric: metric.signature)),
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("list", help="list tasks, suites, models, recipes, sources, executors, ...")
    groups = [*SPECS, *_OTHERS]
    parser.add_argument("group", choices=groups, metavar="GROUP", help=", ".join(groups))
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the names of a group; the plugins and what became of them; or the table of languages."""
    registry: Registry = args.registry
    rows = _OTHERS[args.group](registry) if args.group in _OTHERS else _specs(args.group, registry)
    if args.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif rows:
        print(table([list(row.values()) for row in rows], list(rows[0])))
    return 0


def _specs(group: str, registry: Registry) -> list[dict[str, str]]:
    rows = []
    for name in registry.names(group):
        registration = registry.registration(group, name)
        more = {title: show(registration.spec) for title, show in _COLUMNS.get(group, ())}
        origin = "" if registration.plugin.built_in else registration.plugin.distribution
        rows.append({"name": name, **more, "from": origin, "summary": registration.spec.summary})
    if all(not row["from"] for row in rows):
        for row in rows:
            del row["from"]
    return rows


def _plugins(registry: Registry) -> list[dict[str, str]]:
    for group in SPECS:  # loads what is left to load, so that times and states are those of whole plugins
        registry.names(group)
    return [
        {
            "plugin": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version or "",
            "import": f"{plugin.seconds * 1000:.1f} ms",
            "state": plugin.error or "ok",
        }
        for plugin in registry.plugins
    ]


def _languages(_: Registry) -> list[dict[str, str]]:
    return [
        {
            "code": language.code,
            "name": language.name,
            "native": language.native,
            "ISO 639-3": language.iso3,
            "FLORES": language.flores,
            "family": language.family,
            "branch": language.branch,
            "script": language.script,
            "direction": language.direction,
            "words": "spaced" if language.spaced else "unspaced",
        }
        for language in LANGUAGES.values()
    ]


_OTHERS: dict[str, Callable[[Registry], list[dict[str, str]]]] = {"plugins": _plugins, "languages": _languages}
