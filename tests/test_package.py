"""The wheel holds the four packages whole, nothing of the tests, and works by itself."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import xharness

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "xharness": ROOT / "xharness",
    "xharness_tasks": ROOT / "tasks" / "xharness_tasks",
    "xharness_plugins": ROOT / "plugins" / "xharness_plugins",
    "xharness_leaderboard": ROOT / "leaderboard" / "xharness_leaderboard",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel):
    assert {path.name for path in wheel.iterdir()} == {*PACKAGES, f"xharness-{xharness.__version__}.dist-info"}
    for name, source in PACKAGES.items():
        assert files(wheel / name) == files(source), name
        assert (wheel / name / "py.typed").is_file()


def test_a_wheel_of_the_source_distribution_is_the_same(wheel, tmp_path):
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    (path,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(path) as archive:
        # Python 3.11.2 has no filters.
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    source = tmp_path / f"xharness-{xharness.__version__}"
    (again,) = WheelBuilder(str(source)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(again) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert names == files(wheel)


def test_every_extra_is_small_and_its_packages_are_named_once():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert all(len(packages) <= 4 for name, packages in extras.items() if name != "dev")
    text = "\n".join(path.read_text("utf-8") for folder in PACKAGES.values() for path in folder.rglob("*.py"))
    assert set(re.findall(r"xharness\[([\w-]+)\]", text)) <= set(extras)


def test_only_one_helper_says_what_to_install():
    """Other modules call `xharness.extras` where a package of an extra is missing."""
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in PACKAGES.values()
        for path in folder.rglob("*.py")
        if "pip install 'xharness[" in path.read_text("utf-8")
    }
    assert found == {"xharness/extras.py"}


def test_its_metadata_say_who_it_is(wheel):
    info = wheel / f"xharness-{xharness.__version__}.dist-info"
    metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
    assert metadata["Version"] == xharness.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert (info / "licenses" / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")


def test_it_works_without_the_checkout(wheel, tmp_path):
    code = "import xharness_tasks, xharness.cli.main as cli; print(cli.__file__); cli.main(['list', 'plugins'])"
    environment = {**os.environ, "PYTHONPATH": str(wheel), "XHARNESS_PLUGINS": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    where, *rows = done.stdout.splitlines()
    assert Path(where).is_relative_to(wheel)
    assert [row.split()[0] for row in rows] == ["plugin", "xharness.leaderboard", "xharness.plugins", "xharness.tasks"]
    assert all(row.endswith("ok") for row in rows[1:])


def patterns(file):
    """Yield the texts that a module gives to functions of the module re."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = getattr(node.func.value, "id", None) == "re"
            yield from (each.value for each in node.args if named and isinstance(each, ast.Constant))


def test_the_module_re_gets_no_possessive_quantifiers():
    """Python 3.11.2, as Debian 12 has it, matches nothing with `(...)*+`; the package regex does it right."""
    files = [file for folder in PACKAGES.values() for file in folder.rglob("*.py")]
    texts = [str(text) for file in files for text in patterns(file)]
    assert len(texts) > 20
    assert not [text for text in texts if re.search(r"(?<!\\)[*+?}]\+|\(\?>", text)]
