"""The experiment on robustness: its conditions, and that it crosses them with noises and seeds."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log

import pytest

from tests.models import tiny_decoder
from tests.test_docs import ROOT
from xharness import api
from xharness.experiment.files import read
from xharness.registry import Registry
from xharness_tasks.mini import NANO

TASKS = ("anli_plus", "mnli", "qqp", "squad_v2", "squad_v1", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
SMALL = {"model": str(NANO), "tasks": ["tatoeba"], "languages": ["ru", "de"], "limit": 12, "noises": ["char_swap:1,3"]}


DECODER = "research-question-decoder"


def rows(name):
    return {row.name: row.request for row in read(ROOT / "experiments" / f"{name}.toml", {}).rows}


def test_every_condition_has_the_same_targets_noises_and_seeds():
    found = rows("research-question")
    assert list(found) == ["none", "placebo", *TASKS, "multi"]
    common = {(each.tasks, each.languages, each.noises, each.noise_seeds, each.seeds) for each in found.values()}
    assert len(common) == 1
    assert found["none"].seeds == (1, 2, 3, 4, 5)
    assert all(noise.endswith(":1,3,5") for noise in found["none"].noises)


NAMES = ["research-question", "research-question-nano", DECODER]
IN_SMALL = [f"research-question-{model}-small" for model in ("encoder", "decoder")]


@pytest.mark.parametrize("name", [*NAMES, *IN_SMALL])
def test_the_report_has_the_severity_and_the_margin_that_the_page_promises(name):
    settings = read(ROOT / "experiments" / f"{name}.toml", {}).report
    assert (settings.severity, settings.margin, settings.placebo) == (3, 0.05, "placebo")


@pytest.mark.parametrize("name", [*NAMES, *IN_SMALL])
def test_the_placebo_differs_from_its_task_in_the_labels_only(name):
    found = rows(name)
    placebo, task = dict(found["placebo"].params), dict(found["mnli"].params)
    assert placebo.pop("intermediate_labels") == "shuffled"
    assert placebo == task
    assert found["placebo"].recipe == found["mnli"].recipe


@pytest.mark.slow(minutes=0.2)
def test_conditions_are_crossed_with_noises_and_seeds(tmp_path):
    whole = read(ROOT / "experiments" / "research-question-nano.toml", SMALL)
    some = replace(whole, rows=tuple(row for row in whole.rows if row.name in ("none", "placebo")))
    registry = Registry.load(third_parties=False)
    content = api.experiment(some, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    assert content["complete"] is True
    assert [each["rows"] for each in content["caveats"] if each["code"] == "shuffled_labels"] == [["placebo"]]
    [none, placebo] = content["report"]["rows"]
    assert (none["cells"], none["seeds"], placebo["verdict"] is None, placebo["cells"]) == (2, [1, 2], False, 2)
    page = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert f"- `placebo`: **{placebo['verdict']}**, ΔRet " in page
    assert (tmp_path / "out" / "report.svg").is_file()
    for row in content["rows"]:
        results = json.loads((tmp_path / "out" / row["folder"] / "results.json").read_text("utf-8"))
        assert len(results["cells"]) == 2 * 2 * 3  # languages, seeds, clean and two severities
        assert {cell["status"] for cell in results["cells"]} == {"ok"}


def test_a_decoder_is_trained_on_english_code_after_each_condition():
    found = rows(DECODER)
    assert list(found) == ["none", "placebo", *(name for name in TASKS if name != "ccg"), "multi"]
    assert {each.params["target"] for each in found.values()} == {"mconala_nll"}
    assert {each.tasks for each in found.values()} == {("humaneval_xl_nll",)}


@pytest.mark.slow(minutes=0.2)
def test_a_decoder_gets_a_verdict_from_likelihoods(tmp_path):
    small = {"languages": ["ru"], "limit": 8, "noises": ["char_swap:3"], "seeds": [1], "source": "mini"}
    model = str(tiny_decoder(tmp_path / "model"))
    whole = read(ROOT / "experiments" / f"{DECODER}.toml", {**small, "model": model})
    some = replace(whole, rows=tuple(row for row in whole.rows if row.name in ("none", "placebo")))
    registry = Registry.load(third_parties=False)
    content = api.experiment(some, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    assert content["complete"] is True
    [none, placebo] = content["report"]["rows"]
    assert none["noisy"] > 0 and none["retention"]["value"] == pytest.approx(log(none["clean"] / none["noisy"]))
    assert (placebo["cells"], placebo["left_out"]) == (1, [])
    assert placebo["verdict"] in ("improves", "harms", "no effect", "inconclusive")
