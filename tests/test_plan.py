"""Refusals in a plan: each keeps its type and its cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from xharness import api, job_table
from xharness.errors import BadParameter, BadRequest, NotReady
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
    assert type(caught.value) is NotReady


def test_the_refusal_of_an_untrained_checkpoint_keeps_its_type(plan):
    found = plan(suite="toys", recipe="as-is")
    refused = {cell.place.task: error for cell, error in found.skipped.items()}
    assert {type(error) for error in refused.values()} == {NotReady}
    assert all(str(error).endswith("use --recipe zero-shot") for error in refused.values())


def test_equal_stages_are_keyed_once(plan, monkeypatch):
    keyed = []
    monkeypatch.setattr(job_table, "key_of", lambda kind, *rest: keyed.append(kind) or f"{kind}-{len(keyed)}")
    found = plan(tasks=["toy-tags"], seeds=[1, 2])
    cells = len(found.predictions)
    assert cells > 2
    assert sorted(keyed) == ["finetune"] * 2 + ["predict"] * cells + ["pretrained"]
    assert [len(job.cells) for job in found.of_kind("finetune")] == [cells // 2] * 2
    assert [len(job.cells) for job in found.of_kind("pretrained")] == [cells]
