"""The control condition in runs: its scores say what they are, and stand apart from those of the real task."""

from __future__ import annotations

import pytest

from xharness import api
from xharness.registry import Registry
from xharness_leaderboard.board import build
from xharness_leaderboard.records import read_all
from xharness_tasks.mini import NANO

FIRST = {"intermediate_epochs": "1", "intermediate_selection": "last", "intermediate_warmup_steps": "0"}
KINDS = ("mnli", "hellaswag", "squad_v1", "ccg")


@pytest.fixture(scope="module")
def registry():
    return Registry.load(third_parties=False)


def run(folder, registry, intermediate, **params):
    wishes = {"model": str(NANO), "source": "mini", "tasks": ["tatoeba"], "languages": ["de"], "limit": 8}
    given = {**wishes, "recipe": "intermediate", "dtype": "float32", "device": "cpu"}
    request = api.build({**given, "params": {"intermediate": intermediate, **FIRST, **params}})
    return api.run(request, registry=registry, out=folder / f"{intermediate}{len(params)}", store=folder / "store")


@pytest.mark.parametrize("intermediate", KINDS)
def test_every_kind_of_intermediate_task_trains_on_shuffled_labels(intermediate, tmp_path, registry):
    results = run(tmp_path, registry, intermediate, intermediate_labels="shuffled")
    [cell] = results["cells"]
    assert cell["status"] == "ok", cell["reason"]
    [caveat] = [each for each in cell["caveats"] if each["code"] == "shuffled_labels"]
    assert caveat["grave"] is True
    assert (
        caveat["text"] == f"control condition: trained on {intermediate} with shuffled labels, not on the task itself"
    )
    [params] = [stage["params"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]
    assert params["shuffled"] is True


def test_the_real_task_has_as_many_steps_no_such_note_and_another_entry(tmp_path, registry):
    both = [run(tmp_path, registry, "mnli", **more) for more in ({}, {"intermediate_labels": "shuffled"})]
    plans = [results["run"]["plan"] for results in both]
    reports = [next(stage["report"] for stage in plan if stage["kind"] == "finetune") for plan in plans]
    assert reports[0]["steps"] == reports[1]["steps"]
    assert reports[0]["tokens"] == reports[1]["tokens"]
    assert reports[0]["loss"] != reports[1]["loss"]
    codes = [{each["code"] for each in results["cells"][0]["caveats"]} for results in both]
    assert ["shuffled_labels" in own for own in codes] == [False, True]
    tasks, suites = ({each.name: each for each in registry.all(what)} for what in ("tasks", "suites"))
    runs, _ = read_all([tmp_path / "mnli0", tmp_path / "mnli1"])
    content = build(runs, tasks, suites)
    assert len(content["entries"]) == 2
    assert sorted("shuffled" in str(entry) for entry in content["entries"]) == [False, True]
