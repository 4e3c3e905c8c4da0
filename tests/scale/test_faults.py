"""Some of the faults of `python -m tests.faults`, each once."""

from __future__ import annotations

import random

import pytest

from tests import faults


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("faults")
    return root, *faults.prepared(root)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a worker stopped and continued", "a corrupt artifact"])
def test_it_ends_as_if_undisturbed(undisturbed, name):
    root, whole, seconds = undisturbed
    assert faults.trial(root / name, name, random.Random(name), whole, seconds) == []
