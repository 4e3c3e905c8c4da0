"""Write the list of public names in docs/api.md: `python tools/api_page.py`."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import xharness
import xharness.api

PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"
PACKAGES = ("xharness.data", "xharness.engine", "xharness.metrics")
_BEGIN = "<!-- written by tools/api_page.py -->\n"


def page() -> str:
    """Return the page with a new list."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(_BEGIN) + len(_BEGIN)] + "\n" + "\n".join(_list())


def summary(module: str, name: str) -> str:
    """Return the first line of the docstring of a name, empty if it has none; of a constant, the text below it."""
    value = getattr(importlib.import_module(module), name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return (value.__doc__ or "").partition("\n")[0]
    source = Path(inspect.getfile(importlib.import_module(module))).read_text(encoding="utf-8")
    body = ast.parse(source).body
    for node, after in pairwise(body):
        if name in _assigned(node) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return str(after.value.value).partition("\n")[0]
    return ""


def _assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def names() -> dict[str, str]:
    """Return the public names of `xharness` with the module that defines each."""
    homes = xharness._HOME  # noqa: SLF001 - both are of one project
    return {name: homes[name] for name in xharness.__all__ if name != "__version__"}


def _list() -> Iterator[str]:
    commands = {name: "xharness.api" for name in xharness.api.__all__ if name not in names()}
    for title, own in (("xharness", names()), ("xharness.api", commands)):
        yield f"### `{title}`\n\n| name | what it is |\n|---|---|"
        for name, module in own.items():
            yield f"| `{name}` | {_cell(summary(module, name))} |"
        yield ""
    for package in PACKAGES:
        yield f"### `{package}`\n\n| module | what is in it |\n|---|---|"
        for name in importlib.import_module(package).__all__:
            about = importlib.import_module(f"{package}.{name}").__doc__ or ""
            yield f"| `{name}` | {_cell(about.partition(chr(10))[0])} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
