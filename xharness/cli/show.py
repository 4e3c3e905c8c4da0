"""`xharness show`: one task, suite, model, recipe, ... in full."""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from collections.abc import Mapping
from typing import Any

from xharness.errors import unknown
from xharness.registry import SPECS, Registry

_HIDDEN = {"api", "name"}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("show", help="show one task, suite, model, recipe, ... in full")
    parser.add_argument("kind", metavar="KIND", help="task, suite, model, recipe, source, metric or executor")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the fields of a spec."""
    registry: Registry = args.registry
    group = args.kind if args.kind in SPECS else f"{args.kind}s"
    if group not in SPECS:
        raise unknown("kind of plugin", args.kind, [name.removesuffix("s") for name in SPECS])
    entry = registry.entry(group, args.name)
    card = {"name": args.name, "from": entry.plugin.name, **_fields(entry.spec)}
    if args.json:
        print(json.dumps(card, indent=1, ensure_ascii=False))
    else:
        print("\n".join(_line(name, value) for name, value in card.items() if value not in ("", None, [], {})))
    return 0


def _fields(spec: Any) -> dict[str, Any]:
    found = {"kind": spec.kind.name, "capability": spec.kind.capability} if hasattr(type(spec), "kind") else {}
    for field in dataclasses.fields(spec):
        if field.name not in _HIDDEN:
            found[field.name] = _plain(getattr(spec, field.name))
    if hasattr(spec, "metric_names"):
        found |= {"metrics": list(spec.metric_names), "headline": list(spec.headline_names)}
    return found


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_plain(item) for item in items]
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    return value


def _line(name: str, value: Any) -> str:
    label = f"{name:<12}"
    if isinstance(value, list) and all(not isinstance(item, dict | list) for item in value):
        if any(" " in str(item) for item in value):
            return "\n".join(_wrapped(label if not i else " " * 12, f"- {item}") for i, item in enumerate(value))
        return _wrapped(label, " ".join(str(item) for item in value))
    if isinstance(value, dict) and all(not isinstance(item, dict | list) for item in value.values()):
        return _wrapped(label, ", ".join(f"{key} {item}" for key, item in value.items()))
    if isinstance(value, dict | list):
        body = json.dumps(value, indent=1, ensure_ascii=False)
        return label + textwrap.indent(body, " " * 12).strip()
    return _wrapped(label, str(value))


def _wrapped(label: str, text: str) -> str:
    return textwrap.fill(text, 110, initial_indent=label, subsequent_indent=" " * 12, break_on_hyphens=False)
