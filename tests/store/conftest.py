"""A store in a folder of the test."""

from __future__ import annotations

import pytest

from xharness.store.artifacts import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")
