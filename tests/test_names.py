"""One word names one type: each word of the design is the name of one class or alias in all packages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import xharness
import xharness_leaderboard
import xharness_plugins
import xharness_tasks

PACKAGES = [
    Path(package.__file__).parent for package in (xharness, xharness_leaderboard, xharness_plugins, xharness_tasks)
]
OWNERS = {
    "Cell": "xharness/specs/places.py",
    "Place": "xharness/specs/places.py",
    "Entry": "xharness_leaderboard/entries.py",
    "Part": None,
    "Row": "xharness/data/lines.py",
    "Record": "xharness/run/records/cell_record.py",
    "Progress": "xharness/run/progress.py",
    "Content": None,
}


def defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names of all classes and assignments, and of imports under another name."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname for alias in names if alias.asname and alias.asname != alias.name)
            case _:
                if type(node).__name__ == "TypeAlias":  # Python 3.12
                    yield node.name.id
        yield from defined(node)


@pytest.fixture(scope="module")
def modules() -> dict[str, list[str]]:
    """Return the modules that define each name."""
    owners: dict[str, list[str]] = {}
    for package in PACKAGES:
        for file in sorted(package.rglob("*.py")):
            for name in set(defined(ast.parse(file.read_text("utf-8")))):
                owners.setdefault(name, []).append(file.relative_to(package.parent).as_posix())
    return owners


@pytest.mark.parametrize("word", OWNERS)
def test_a_word_names_one_type(word, modules):
    assert modules.get(word, []) == ([OWNERS[word]] if OWNERS[word] else [])


def test_definitions_of_all_forms_are_seen():
    lines = [
        "class Cell: pass",
        "Row = dict",
        "Part: type = int",
        "if True: from a import b as Entry",
        "def f():",
        "    class Place: pass",
        "from a import Record",
    ]
    source = "\n".join(lines)
    assert sorted(defined(ast.parse(source))) == ["Cell", "Entry", "Part", "Place", "Row"]
