"""`xharness show`: all fields of a task, suite, model, recipe, ..."""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from xharness.cli import noise_examples, show_prompt
from xharness.cli import task_card as card
from xharness.errors import BadRequest, unknown
from xharness.languages import LANGUAGES
from xharness.registry import SPECS, Registry, singular
from xharness.specs.noises import Noise
from xharness.specs.tasks import Task
from xharness.specs.ways import verb
from xharness.ways import listed

_HIDDEN = {"api", "name"}
_CODE = "python:"
_WIDEST = 110


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("show", help="show all about one task, suite, model, recipe, ...")
    kinds = ", ".join([*(singular(group) for group in SPECS), "prompt"])
    parser.add_argument("kind", metavar="KIND", help=f"one of: {kinds}")
    parser.add_argument("name", metavar="NAME", help="a name that `xharness list` prints; the task of a prompt")
    parser.add_argument("--lang", metavar="L", help="the language of the sentences of a noise, or of a prompt")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    show_prompt.add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the fields of a spec, the card of a task, or the kinds that a way belongs to."""
    if args.kind in show_prompt.NAMES:
        return show_prompt.run(args)
    registry: Registry = args.registry
    group = next((group for group in SPECS if args.kind in (group, singular(group))), None)
    if group is None:
        raise unknown("kind of plugin", args.kind, [*(singular(group) for group in SPECS), "prompt"])
    if args.lang and group != "noises":
        raise BadRequest(f"--lang {args.lang}: only noises and prompts have examples; see `xharness list noises`")
    content, rows = _way(args.name, registry) if group == "ways" else _spec(group, args.name, registry)
    examples = _examples(args.name, args.lang, registry) if group == "noises" else None
    if args.json:
        print(json.dumps({**content, **({"examples": examples} if examples else {})}, indent=1, ensure_ascii=False))
        return 0
    _print(rows)
    if examples:
        print(noise_examples.text(examples))
    return 0


def _spec(group: str, name: str, registry: Registry) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the content of a spec for programs, and its labels and paragraphs for people."""
    entry = registry.registration(group, name)
    head = {"name": name, "from": entry.plugin.name}
    if isinstance(entry.spec, Task):
        rows = card.rows(entry.spec, registry)
        return {**head, **_plain(card.card(entry.spec, registry))}, {**_rows(head), **rows}
    content = {**head, **_fields(entry.spec)}
    rows = _rows(content)
    if isinstance(entry.spec, Noise):
        rows |= {"label_risk": [_risk(entry.spec)], "label_risks": []}
    return content, rows


def _risk(noise: Noise) -> str:
    """Return how likely a label no longer holds, and the languages in which that differs."""
    languages: dict[str, list[str]] = {}
    for code, risk in noise.label_risks.items():
        languages.setdefault(risk, []).append(f"{LANGUAGES[code].name} ({code})" if code in LANGUAGES else code)
    others = [f"{risk} in {' and '.join(names)}" for risk, names in languages.items()]
    left_out = ", where core leaves it out" if noise.core and "high" in languages else ""
    return f"{'; '.join([noise.label_risk, *others])}{left_out}: how likely labels no longer hold"


def _examples(name: str, language: str | None, registry: Registry) -> dict[str, Any] | None:
    """Return what a noise does to sentences of a language; None if it does not apply there."""
    noise = registry.get("noises", name)
    return noise_examples.examples(name, noise, language, registry)


def _way(name: str, registry: Registry) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the content and the rows of a way, which several kinds may have."""
    ways = listed(registry)
    matches = [entry for entry in ways if name in (entry.spec.name, entry.qualified)]
    if not matches:
        raise unknown("way", name, [entry.spec.name for entry in ways])
    content = {
        "name": name,
        "from": ", ".join(dict.fromkeys(entry.plugin.name for entry in matches)),
        "summary": matches[0].spec.summary,
        "kinds": {
            entry.spec.kind: {"capability": entry.spec.capability, "version": entry.spec.version} for entry in matches
        },
    }
    return content, _rows(content)


def _rows(content: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: _paragraphs(value) for name, value in content.items()}


def _print(rows: Mapping[str, list[str]]) -> None:
    """Print labels, and the paragraphs beside them, in the width of the terminal or 110 columns."""
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
    if isinstance(value, Path):
        return str(value)
    if callable(value):
        code = getattr(value, "func", value)  # for a functools.partial
        return f"{_CODE}{code.__module__}.{getattr(code, '__qualname__', type(code).__name__)}"
    return value


def _paragraphs(value: Any) -> list[str]:
    """Return a field as paragraphs: one for each item if the items are long, else one for all."""
    if isinstance(value, Mapping) and any(isinstance(item, list | Mapping) for item in value.values()):
        return [f"{name}: {_text(item)}" for name, item in value.items() if _text(item)]
    if isinstance(value, list) and any(isinstance(item, Mapping) or " " in str(item) for item in value):
        return [f"- {_text(part)}" for item in value for part in _parts(item)]
    return [_text(value)]


def _parts(item: Any) -> list[Any]:
    """Return the items of the list of mappings inside an item (the layouts of a source), or the item itself."""
    inner = item.values() if isinstance(item, Mapping) else ()
    return next((part for part in inner if isinstance(part, list) and part and isinstance(part[0], Mapping)), [item])


def _text(value: Any) -> str:
    """Return a value in one line, without null values and names of functions."""
    if isinstance(value, Mapping) and "help" in value:
        return str(value["help"]) + ("" if value["default"] is None else f" (default: {value['default']})")
    if isinstance(value, Mapping) and "meaning" in value:
        return f"{value['meaning']} ({value['type']}{', optional' if value['optional'] else ''})"
    if isinstance(value, Mapping) and "capability" in value and "summary" in value:
        return f"{value['name']}: {value['summary']}; needs a model that can {verb(value['capability'])}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, item in value.items() if (text := _text(item)))
    if isinstance(value, list):
        return ("; " if any(isinstance(item, Mapping) for item in value) else " ").join(map(_text, value))
    return "" if value is None or str(value).startswith(_CODE) else str(value)


def _wrapped(label: str, text: str, columns: int) -> str:
    """Return a paragraph after its label, wrapped; continuation lines are indented by two more columns."""
    hanging = " " * (len(label) + 2)
    return textwrap.fill(
        text, columns, initial_indent=label, subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False
    )
