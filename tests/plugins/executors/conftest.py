"""A checkpoint whose training goes wrong as a test wishes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import toy

MORTAL = str(Path(__file__).with_name("mortal.py"))


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))


@pytest.fixture
def mortal(tmp_path):
    def _mortal(how: str | None = None, once: bool = False) -> Path:
        folder = toy.checkpoint(tmp_path / "model")
        (folder / "mortal.json").write_text(json.dumps({"how": how, "once": once}), encoding="utf-8")
        return folder

    return _mortal
