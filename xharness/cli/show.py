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
_CODE = "python:"


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
        shown = {name: value for name, value in card.items() if _text(value)}
        wide = max(map(len, shown)) + 2
        for name, value in shown.items():
            print("\n".join(_lines(name.ljust(wide), value)))
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
        code = getattr(value, "func", value)  # that of a functools.partial
        return f"{_CODE}{code.__module__}.{getattr(code, '__qualname__', type(code).__name__)}"
    return value


def _lines(label: str, value: Any) -> list[str]:
    """Return a field as lines: one an item where the items are long, else as many as it takes."""
    items = [_text(value)]
    if isinstance(value, Mapping) and any(isinstance(item, list | Mapping) for item in value.values()):
        items = [f"{name}: {_text(item)}" for name, item in value.items() if _text(item)]
    elif isinstance(value, list) and any(isinstance(item, Mapping) or " " in str(item) for item in value):
        items = [f"- {_text(part)}" for item in value for part in _parts(item)]
    return [_wrapped(" " * len(label) if number else label, text) for number, text in enumerate(items)]


def _parts(item: Any) -> list[Any]:
    """Return the items of a list that an item holds, as the layouts of a source, else the item itself."""
    inner = item.values() if isinstance(item, Mapping) else ()
    return next((part for part in inner if isinstance(part, list) and part and isinstance(part[0], Mapping)), [item])


def _text(value: Any) -> str:
    """Return a value in one line; what says nothing to a user (nothing, and names of code) is left out."""
    if isinstance(value, Mapping) and "help" in value:
        return str(value["help"]) + ("" if value["default"] is None else f" (default: {value['default']})")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, item in value.items() if (text := _text(item)))
    if isinstance(value, list):
        return ("; " if any(isinstance(item, Mapping) for item in value) else " ").join(map(_text, value))
    return "" if value is None or str(value).startswith(_CODE) else str(value)


def _wrapped(label: str, text: str) -> str:
    return textwrap.fill(text, 110, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False)
