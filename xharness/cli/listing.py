"""`xharness list`: what the plugins declare, by name, and the table of languages."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from xharness.cli.table import table
from xharness.languages import LANGUAGES
from xharness.registry import SPECS, Registration, Registry

_COLUMNS: dict[str, tuple[tuple[str, Callable[[Any], str]], ...]] = {
    "kinds": (
        ("needs", lambda kind: kind.capability),
        ("columns", lambda kind: ", ".join(kind.columns)),
        ("metrics", lambda kind: ", ".join(kind.metrics)),
    ),
    "ways": (("kind", lambda way: way.kind), ("needs", lambda way: way.capability)),
    "tasks": (
        ("kind", lambda task: task.kind.name),
        ("languages", lambda task: str(len(task.languages))),
        ("score", lambda task: "+".join(task.headline_names)),
    ),
    "suites": (("tasks", lambda suite: str(len(suite.tasks))),),
    "models": (("can", lambda model: ", ".join(sorted(model.capabilities))),),
    "noises": (
        ("family", lambda noise: noise.family),
        ("languages", lambda noise: str(sum(noise.applies(code) is None for code in LANGUAGES))),
        ("keeps words", lambda noise: "yes" if noise.words_kept else "no"),
        ("core", lambda noise: "yes" if noise.core else "no"),
    ),
    "sandboxes": (("strength", lambda sandbox: str(sandbox.strength)),),
    "metrics": (("kinds", lambda metric: ", ".join(metric.kinds)), ("signature", lambda metric: metric.signature)),
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("list", help="list the tasks, suites, models, recipes, ... that can be used")
    groups = list(dict.fromkeys([*SPECS, *_OTHERS]))
    parser.add_argument("group", choices=groups, metavar="GROUP", help=f"one of: {', '.join(groups)}")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a group of specs with their summaries, the plugins with their state, or the table of languages."""
    registry: Registry = args.registry
    rows = _OTHERS[args.group](registry) if args.group in _OTHERS else _specs(args.group, registry)
    if args.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif rows:
        print(table([list(row.values()) for row in rows], list(rows[0])))
    return 0


def _specs(group: str, registry: Registry) -> list[dict[str, str]]:
    rows = [_row(group, name, registry.registration(group, name)) for name in registry.names(group)]
    return _without_origin(rows)


def _ways(registry: Registry) -> list[dict[str, str]]:
    from xharness.ways import listed

    return _without_origin([_row("ways", way.spec.name, way) for way in listed(registry)])


def _row(group: str, name: str, registration: Registration) -> dict[str, str]:
    more = {title: show(registration.spec) for title, show in _COLUMNS.get(group, ())}
    origin = "" if registration.plugin.built_in else registration.plugin.distribution
    return {"name": name, **more, "from": origin, "summary": registration.spec.summary}


def _without_origin(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return rows without the column `from` if all specs are built-in."""
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


_OTHERS: dict[str, Callable[[Registry], list[dict[str, str]]]] = {
    "ways": _ways,
    "plugins": _plugins,
    "languages": _languages,
}
