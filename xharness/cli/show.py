"""`xharness show`: one task, suite, model, recipe, ... in full."""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from collections.abc import Mapping
from shutil import get_terminal_size
from typing import Any

from xharness.cli import noise_examples
from xharness.cli import task_card as card
from xharness.errors import BadRequest, unknown
from xharness.registry import SPECS, Registry
from xharness.specs.noises import Noise
from xharness.specs.tasks import Task

_HIDDEN = {"api", "name"}
_CODE = "python:"
_WIDEST = 110


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("show", help="show one task, suite, model, recipe, ... in full")
    parser.add_argument(
        "kind", metavar="KIND", help="kind, task, suite, model, recipe, noise, source, metric, executor or format"
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--lang", metavar="L", help="show what a noise does to sentences of a language (default: en)")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the fields of a spec, or the card of a task."""
    registry: Registry = args.registry
    group = args.kind if args.kind in SPECS else f"{args.kind}s"
    if group not in SPECS:
        raise unknown("kind of plugin", args.kind, [name.removesuffix("s") for name in SPECS])
    registration = registry.registration(group, args.name)
    task = registration.spec if isinstance(registration.spec, Task) else None
    noise = registration.spec if isinstance(registration.spec, Noise) else None
    if args.lang and not noise:
        raise BadRequest(f"--lang {args.lang}: only noises have examples; see `xharness list noises`")
    head = {"name": args.name, "from": registration.plugin.name}
    found = _plain(card.card(task, registry)) if task else _fields(registration.spec)
    examples = noise_examples.examples(args.name, noise, args.lang, registry) if noise else None
    if examples:
        found["examples"] = examples
    if args.json:
        print(json.dumps({**head, **found}, indent=1, ensure_ascii=False))
        return 0
    fields = {name: value for name, value in found.items() if name != "examples"}
    shown = card.rows(task, registry) if task else {name: _paragraphs(value) for name, value in fields.items()}
    _print({**{name: [value] for name, value in head.items()}, **shown})
    if examples:
        print(noise_examples.text(examples))
    return 0


def _print(rows: Mapping[str, list[str]]) -> None:
    """Print labels with the paragraphs beside them, as wide as the terminal is, but no wider than reads well."""
    shown = {label.replace("_", " "): [text for text in texts if text] for label, texts in rows.items() if any(texts)}
    indent = max(map(len, shown)) + 2
    columns = min(get_terminal_size((_WIDEST, 0)).columns, _WIDEST)
    for label, texts in shown.items():
        for number, text in enumerate(texts):
            print(_wrapped(" " * indent if number else label.ljust(indent), text, columns))


def _fields(spec: Any) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(spec, field.name)) for field in dataclasses.fields(spec) if field.name not in _HIDDEN
    }


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


def _paragraphs(value: Any) -> list[str]:
    """Return a field as paragraphs: one an item where the items are long, else one."""
    if isinstance(value, Mapping) and any(isinstance(item, list | Mapping) for item in value.values()):
        return [f"{name}: {_text(item)}" for name, item in value.items() if _text(item)]
    if isinstance(value, list) and any(isinstance(item, Mapping) or " " in str(item) for item in value):
        return [f"- {_text(part)}" for item in value for part in _parts(item)]
    return [_text(value)]


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


def _wrapped(label: str, text: str, columns: int) -> str:
    """Return a paragraph beside its label; lines that continue it stand further in, an item's below its text."""
    hanging = " " * (len(label) + 2)
    return textwrap.fill(
        text, columns, initial_indent=label, subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False
    )
