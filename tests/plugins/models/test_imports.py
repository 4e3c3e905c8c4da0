"""The modules of the model adapters import each other in one direction only."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import xharness_plugins.models

ROOT, PACKAGE = Path(xharness_plugins.models.__file__).parent, xharness_plugins.models.__name__


def name_of(path: Path, root: Path, package: str) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join((package, *(part for part in parts if part != "__init__")))


def imports(root: Path, package: str) -> dict[str, set[str]]:
    """Return what each module imports of the package, at any depth: in functions and for type checking too."""
    files = {name_of(path, root, package): path for path in root.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, path in files.items():
        named = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        found[name] = named & files.keys() - {name, package}
    return found


def test_there_is_no_import_circle():
    found = imports(ROOT, PACKAGE)
    assert len(found) > 20
    assert f"{PACKAGE}.training" in found[f"{PACKAGE}.hf"]  # imported in a function
    TopologicalSorter(found).prepare()


def test_a_circle_through_a_function_is_found(tmp_path):
    (tmp_path / "one.py").write_text("from some import two\n", "utf-8")
    (tmp_path / "two.py").write_text("def late():\n    from some.one import thing\n", "utf-8")
    with pytest.raises(CycleError):
        TopologicalSorter(imports(tmp_path, "some")).prepare()
