"""A hook of mkdocs that adds what the site generates: commands, Python names, JSON schemas and the fields of specs.

mkdocs.yml names this file; `make docs` builds the site.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = {
    "results.json": "xharness/run/results.schema.json",
    "experiment.json": "xharness/experiment/experiment.schema.json",
    "leaderboard.json": "leaderboard/xharness_leaderboard/leaderboard.schema.json",
}
_SPEC = re.compile(r"^<!-- spec: (\w+) -->$", flags=re.M)
_REPOSITORY = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages."""
    from mkdocs.structure.files import File

    for name, make in PAGES.items():
        files.append(File.generated(config, name, content=make()))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Replace `<!-- spec: NAME -->` by the fields of NAME, and links to files of the repository by their text."""
    text = _SPEC.sub(lambda match: fields(match[1]), markdown)
    return _REPOSITORY.sub(r"\1", text) if "/" not in page.file.src_uri else text


def fields(name: str) -> str:
    """Return the docstring of a dataclass that xharness exports, and a table of its fields with types and defaults."""
    import xharness

    spec = getattr(xharness, name)
    return f"{_prose(spec)}\n\n{_table(spec)}"


def _table(spec: Any) -> str:
    lines = ["| field | type | default |", "|---|---|---|"]
    for each in dataclasses.fields(spec):
        if each.init:
            lines.append(f"| `{each.name}` | `{_cell(str(each.type))}` | {_default(each)} |")
    return "\n".join(lines)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        value = getattr(field.default, "__name__", None) or repr(field.default)
        return f"`{_cell(value)}`" if len(value) < 60 and " at 0x" not in value else "see the source"
    if field.default_factory is not dataclasses.MISSING:
        value = repr(field.default_factory())
        return f"`{_cell(value)}`" if len(value) < 60 else "see the source"
    return "required"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _prose(thing: Any) -> str:
    text = inspect.getdoc(thing) or ""
    return re.sub(r"(?<!\n)\n(- )", r"\n\n\1", text, count=1)


def commands() -> str:
    """Return the help of every command."""
    from xharness.cli.main import parser_of
    from xharness.registry import Registry

    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "110"  # the width of argparse
    try:
        parser = parser_of(Registry.load(third_parties=False))
        parts = ["# Commands\n\nThe output of `--help` of every command, generated from this version.\n"]
        parts += [f"## {each.prog}\n\n```text\n{each.format_help()}```\n" for each in _parsers(parser)]
    finally:
        os.environ.pop("COLUMNS")
        if columns is not None:
            os.environ["COLUMNS"] = columns
    return "\n".join(parts)


def _parsers(parser: Any) -> Iterator[Any]:
    yield parser
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of sub-commands
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            for child in action.choices.values():
                yield from _parsers(child)


def python() -> str:
    """Return every name that the public modules export, with its signature and docstring."""
    import xharness
    from xharness import api

    parts = ["# Python\n\nThe names that `xharness` exports, generated from their docstrings.\n"]
    parts += [_entry("xharness", name, getattr(xharness, name)) for name in xharness.__all__ if name != "__version__"]
    parts.append("## xharness.api\n\n" + _prose(api) + "\n")
    parts += [_entry("xharness.api", name, thing) for name, thing in _public(api)]
    return "\n".join(parts)


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    for name in names:
        thing = getattr(module, name)
        if inspect.isfunction(thing) and thing.__module__ == module.__name__:
            yield name, thing


def _entry(module: str, name: str, thing: Any) -> str:
    head = f"### {module}.{name}\n"
    if inspect.isclass(thing):
        table = f"\n\n{_table(thing)}" if dataclasses.is_dataclass(thing) else ""
        return f"{head}\n{_prose(thing)}{table}\n"
    if inspect.isfunction(thing):
        return f"{head}\n```python\n{name}{inspect.signature(thing)}\n```\n\n{_prose(thing)}\n"
    return f"{head}\nA value of type `{type(thing).__name__}`.\n"


def schemas() -> str:
    """Return the JSON schemas of the files that xharness writes."""
    parts = ["# Schemas\n\nThe JSON Schemas of the files that xharness writes. They are part of the packages.\n"]
    for name, path in SCHEMAS.items():
        text = json.dumps(json.loads((ROOT / path).read_text(encoding="utf-8")), indent=2, ensure_ascii=False)
        parts.append(f"## {name}\n\n`{path}`\n\n```json\n{text}\n```\n")
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": commands,
    "reference/python.md": python,
    "reference/schemas.md": schemas,
}
