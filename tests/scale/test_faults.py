"""Some of the faults of `python -m tests.faults`, each once."""

from __future__ import annotations

import json
import random

import pytest

from tests import faults
from xharness.store.artifacts import Store


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("faults")
    return root, *faults.prepared(root)


def test_an_artifact_that_is_damaged_after_its_last_use_is_found(tmp_path):
    store = Store(tmp_path / "store")
    with store.creating("embed", "k" * 32, {}) as folder:
        (folder / "width.json").write_text("8")
    path = store.path("embed", "k" * 32)
    assert faults.usable(path)
    (path / "width.json").write_text("9")
    assert not faults.usable(path)


def test_what_was_dropped_need_not_be_made_again():
    manifest = json.dumps({"about": {"dropped": "part"}}).encode()
    whole = [], {"embed/kk/artifact.json": manifest, "embed/kk/ids.json": b"1", "score/kk/score.json": b"2"}
    assert faults._differences(([], {}), whole, None) == ["another content: score/kk/score.json"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a worker stopped and continued", "a corrupt artifact"])
def test_it_ends_as_if_undisturbed(undisturbed, name):
    root, whole, seconds = undisturbed
    assert faults.trial(root / name, name, random.Random(name), whole, seconds) == []
