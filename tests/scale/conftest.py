"""A saved plan of the toy model, worked on in this process."""

from __future__ import annotations

import pytest

from tests.run.conftest import _alone, model, registry  # noqa: F401
from xharness import api
from xharness.run.pending_works import pending_works
from xharness.scale.saving import save
from xharness.store.artifacts import Store

TASKS = ("toy-tags", "toy-pairs", "toy-passages")


@pytest.fixture
def request_(model):  # noqa: F811
    return api.build({"model": model, "source": "toy", "dtype": "float32", "tasks": TASKS})


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def saved(request_, registry, store):  # noqa: F811
    works = pending_works([api.plan(request_, registry)], registry, store)
    return save(store.root, works, "toy")
