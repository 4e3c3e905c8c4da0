"""Entry points are those that importlib.metadata finds."""

from __future__ import annotations

import importlib.metadata
import sys
import zipfile

import pytest

from xharness.entry_points import Point, points


def found(group):
    return sorted(points(group))


def expected(group):
    return sorted(
        Point(each.name, each.value, each.dist.name, each.dist.version)
        for each in importlib.metadata.entry_points(group=group)
    )


@pytest.mark.parametrize("group", ["console_scripts", "pytest11", "xharness", "no_such_group"])
def test_those_of_this_environment(group):
    assert found(group) == expected(group)


def installed(folder, name, text, version="1.2", files="METADATA", kind="dist-info"):
    info = folder / f"{name.replace('-', '_')}-{version}.{kind}"
    info.mkdir(parents=True)
    (info / files).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: x\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(text, encoding="utf-8")


def test_the_first_of_two_distributions_of_one_name_counts(tmp_path, monkeypatch):
    installed(tmp_path / "a", "my-plugin", "[mine]\n# no\nx = os.path : join\n\n[other]\ny = os\n", version="2.0")
    installed(tmp_path / "b", "My.Plugin", "[mine]\nx = sys\nz = sys\n")
    installed(tmp_path / "b", "older", "[mine]\nw=os.path\n", files="PKG-INFO", kind="egg-info")
    for name in ("b", "a"):
        monkeypatch.syspath_prepend(str(tmp_path / name))
    assert found("mine") == expected("mine")
    assert [point.name for point in found("mine")] == ["w", "x"]
    assert [point.load().__name__ for point in found("mine")] == [sys.modules["os.path"].__name__, "join"]


def test_zip_files_on_the_path_are_read_too(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as packed:
        packed.writestr("packed-3.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: packed\nVersion: 3.0\n")
        packed.writestr("packed-3.0.dist-info/entry_points.txt", "[mine]\nx = os\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    assert found("mine") == [Point("x", "os", "packed", "3.0")]


@pytest.mark.parametrize("value", ["", "no_such_module_here", "os:nothing", "- -"])
def test_what_does_not_exist_is_an_error(value):
    with pytest.raises((ImportError, AttributeError)):
        Point("x", value, "mine", None).load()
