"""A way to evaluate the toy checkpoint from Python, with a store of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

import xharness
from tests import toy
from xharness.registry import Registry
from xharness.run.progress import progress


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def registry():
    return Registry.load([str(Path(toy.__file__))], third_parties=False)


@pytest.fixture
def model(tmp_path):
    return toy.checkpoint(tmp_path / "model")


@pytest.fixture
def evaluate(registry, model):
    def _evaluate(*tasks, **settings):
        quiet = {"source": "toy", "dtype": "float32", "display": progress(quiet=True)}
        return xharness.evaluate(model, tasks=tasks, registry=registry, **{**quiet, **settings})

    return _evaluate
