"""A store, a toy checkpoint, and a way to run requests on them in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from xharness import api
from xharness.registry import Registry

TOY = str(Path(toy.__file__))


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def registry():
    return Registry.load([TOY], third_parties=False)


@pytest.fixture
def model(tmp_path):
    return str(toy.checkpoint(tmp_path / "model"))


@pytest.fixture
def run(tmp_path, registry, model):
    def _run(out="out", registry=registry, **wishes):
        given = {"model": model, "source": "toy", "dtype": "float32", **wishes}
        return api.run(api.build(given), registry=registry, out=tmp_path / out, store=tmp_path / "store")

    return _run
