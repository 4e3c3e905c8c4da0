"""A registry with the toy plugin, a toy checkpoint, and functions that write and run experiment files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from xharness import api
from xharness.registry import Registry

TOY = str(Path(toy.__file__))
BASELINE = """
[[rows]]
name = "plain"
recipe = "zero-shot"
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def registry():
    return Registry.load([TOY], third_parties=False)


@pytest.fixture
def write(tmp_path):
    """Return what writes an experiment on the toy checkpoint, `top` above a first row `plain`, and `rows` below."""
    model = toy.checkpoint(tmp_path / "model")

    def _write(rows: str = "", top: str = 'tasks = ["toy-tags", "toy-pairs"]', baseline: str = "plain") -> Path:
        path = tmp_path / "some.toml"
        head = f'model = "{model}"\nsource = "toy"\ndtype = "float32"\nbaseline = "{baseline}"\n'
        path.write_text(f"{head}{top}\n{BASELINE}{rows}", encoding="utf-8")
        return path

    return _write


@pytest.fixture
def run(tmp_path, registry):
    def _run(path: Path, out: str = "out", **overrides):
        return api.experiment(path, registry=registry, out=tmp_path / out, store=tmp_path / "store", **overrides)

    return _run
