"""What plugins may import is listed and documented, and the built-in plugins import nothing else."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tools import api_page
from xharness import api

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [importlib.import_module(name) for name in api_page.PACKAGES]
LISTED = {f"{package.__name__}.{module}" for package in PACKAGES for module in package.__all__}
FILES = [file for folder in ("tasks", "plugins", "leaderboard") for file in (ROOT / folder).rglob("*.py")]


def foreign(text: str) -> list[str]:
    """Return what a module imports of xharness that is not public."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] == "xharness"]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "xharness":
            found += [f"{node.module}.{alias.name}" for alias in node.names if not public(node.module, alias.name)]
    return found


def public(module: str, name: str) -> bool:
    if module in ("xharness", "xharness.api"):
        return name in importlib.import_module(module).__all__ or f"{module}.{name}" == "xharness.api"
    if f"{module}.{name}" in LISTED:
        return True
    return not name.startswith("_") and ".".join(module.split(".")[:3]) in LISTED


def test_built_in_plugins_import_only_what_is_public():
    assert len(FILES) > 200
    assert {file.relative_to(ROOT).as_posix(): found for file in FILES if (found := foreign(file.read_text()))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "from xharness.specs.findings import Finding",
        "from xharness.engine.trees import walk",
        "from xharness.data import translating",
        "from xharness.data.lines import _hidden",
        "from xharness import registry",
        "import xharness.run",
    ],
)
def test_other_imports_are_found(line):
    assert foreign(line)


def test_every_public_name_says_what_it_is():
    assert [name for name, home in api_page.names().items() if not api_page.summary(home, name)] == []
    assert [name for name in api.__all__ if api_page.summary("xharness.api", name) == ""] == []
    assert [name for name in LISTED if not importlib.import_module(name).__doc__] == []


def test_every_public_method_has_a_docstring():
    for name, home in api_page.names().items():
        value = getattr(importlib.import_module(home), name)
        members = vars(value).items() if isinstance(value, type) else ()
        bare = [key for key, each in members if not key.startswith("_") and callable(each) and not each.__doc__]
        fields = getattr(value, "__dataclass_fields__", {})
        assert [key for key in bare if key not in fields] == [], name


def test_the_page_lists_what_is_public():
    page = api_page.PAGE.read_text("utf-8")
    assert page == api_page.page(), "run python tools/api_page.py"
