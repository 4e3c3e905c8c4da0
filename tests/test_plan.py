"""Refusals in a plan: each keeps its type and its cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from xharness import api
from xharness.errors import BadParameter, BadRequest
from xharness.registry import Registry


@pytest.fixture(scope="module")
def registry():
    return Registry.load([str(Path(toy.__file__))], third_parties=False)


@pytest.fixture
def plan(registry, tmp_path):
    model = str(toy.checkpoint(tmp_path / "model"))
    return lambda **wishes: api.plan(api.build({"model": model, "source": "toy", **wishes}), registry)


def test_a_cell_that_is_left_out_has_the_error_itself(plan):
    found = plan(suite="toys", params={"selection": "en-dev"})
    assert {cell.place.task for cell in found.skipped} == {"toy-tags", "toy-parity", "toy-qa", "toy-qa-too"}
    assert {type(error) for error in found.skipped.values()} == {BadParameter}


def test_where_nothing_is_left_the_cause_says_of_which_type_it_is(registry, plan, monkeypatch):
    suite = registry.get("suites", "toys")
    monkeypatch.setitem(vars(suite), "tasks", {"toy-tags": ()})
    with pytest.raises(BadParameter, match=r"^nothing to run: parameter selection=en-dev: "):
        plan(suite="toys", params={"selection": "en-dev"})
    with pytest.raises(BadRequest, match=r"^nothing to run: task 'toy-tags'") as caught:
        plan(suite="toys", recipe="as-is")
    assert not isinstance(caught.value, BadParameter)
