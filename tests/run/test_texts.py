"""Masked language modelling from end to end, on the nano checkpoint: before or beside tasks, with perplexities."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from xharness import api
from xharness.cli.main import main
from xharness.errors import BadRequest
from xharness.registry import Registry
from xharness_tasks.mini import NANO


@pytest.fixture(scope="module")
def builtin():
    return Registry.load(third_parties=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("texts")


@pytest.fixture(scope="module")
def run(builtin, place):
    def _run(recipe, tasks, out, **params):
        wishes = {"model": str(NANO), "source": "mini", "tasks": tasks, "languages": ["sw"], "limit": 150}
        request = api.build({**wishes, "recipe": recipe, "params": params, "dtype": "float32"})
        return api.run(request, registry=builtin, out=place / out, store=place / "store")

    return _run


def reports(results, kind):
    return [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == kind]


def test_texts_are_learnt_once_for_all_targets_and_better_known_afterwards(run, place, capsys):
    given = {"mlm_languages": "sw,fi", "mlm_rows": "100", "mlm_epochs": "3", "mlm_learning_rate": "1e-3"}
    results = run("mlm-continued", ["tatoeba"], "one", **given)
    (report,) = reports(results, "finetune")
    assert (report["examples"], report["heads_created"]) == (200, [])
    assert set(report["perplexity"]) == {"sw", "fi"}
    assert all(found["after"] < 0.9 * found["before"] for found in report["perplexity"].values())
    (cell,) = results["cells"]
    assert cell["trained_on"] == [["wikipedia", "fi", "train"], ["wikipedia", "sw", "train"]]
    assert main(["explain", str(place / "one"), "tatoeba", "sw"]) == 0
    told = ", ".join(
        f"{code} {each['before']:.2f} to {each['after']:.2f}" for code, each in report["perplexity"].items()
    )
    assert f"perplexity       {told}\n" in capsys.readouterr().out
    results = run("mlm-continued", ["tatoeba", "xnli"], "two", **given, epochs="0.5", selection="last")
    first, second = reports(results, "finetune")
    assert first == report  # from the store, seconds and all
    assert "lm_head" in second["heads_dropped"]
    cells = {cell["task"]: cell for cell in results["cells"]}
    assert cells["xnli"]["trained_on"] == [*cell["trained_on"], ["xnli", "en", "train"]]


def test_texts_are_learnt_beside_tasks(run):
    given = {"intermediate": "mnli,udpos", "mlm_languages": "sw,fi", "mlm_share": "0.5"}
    results = run("intermediate-mlm", ["tatoeba"], "beside", **given, intermediate_epochs="1")
    (report,) = reports(results, "multitask")
    steps = {name: each["steps"] for name, each in report["tasks"].items()}
    assert steps == {"mnli": 5, "udpos": 5, "wikipedia": 10}
    assert set(report["perplexity"]) == {"sw", "fi"}
    (cell,) = results["cells"]
    assert {task for task, _, _ in cell["trained_on"]} == {"mnli", "udpos", "wikipedia"}


def test_texts_are_never_evaluated(builtin):
    request = api.build({"model": str(NANO), "source": "mini", "tasks": ["wikipedia"], "recipe": "zero-shot"})
    with pytest.raises(BadRequest, match=r"'wikipedia' \(text\) is only for training and cannot be evaluated"):
        api.plan(request, builtin)


def test_an_adapter_that_cannot_fill_says_so(tmp_path):
    registry = Registry.load([str(Path(toy.__file__))], third_parties=False)
    request = api.build(
        {"model": str(toy.checkpoint(tmp_path / "toy")), "source": "toy", "tasks": ["toy-pairs"],
         "recipe": "mlm-continued"}
    )  # fmt: skip
    with pytest.raises(
        BadRequest, match=r"the adapter 'toy' cannot fill, so it cannot be trained on 'wikipedia' \(text\)"
    ):
        api.plan(request, registry)


def test_all_languages_that_a_source_lacks_are_named(builtin, tmp_path):
    (tmp_path / "wikipedia").mkdir()
    (tmp_path / "wikipedia/sw.txt").write_text("moja\nmbili\n", "utf-8")
    wishes = {"model": str(NANO), "source": "local", "data": str(tmp_path), "tasks": ["tatoeba"], "languages": ["sw"]}
    request = api.build({**wishes, "recipe": "mlm-continued", "params": {"mlm_languages": "fi,de,sw,yo"}})
    (job,) = [job for job in api.plan(request, builtin).jobs.values() if job.kind == "finetune"]
    assert job.problem.startswith("wikipedia de train: no files below ")
    assert job.problem.endswith("; the same in fi, yo")
    assert sorted(role for role in job.missing if role.startswith("train")) == ["train.de", "train.fi", "train.yo"]
    assert job.missing["train.fi"].startswith("wikipedia fi train: no files below ")
    assert job.made == {}


def test_prices_count_the_lines_that_are_learnt(builtin, tmp_path):
    from xharness.run.pricing import prices
    from xharness.store.artifacts import Store

    def price(recipe, **params):
        wishes = {"model": str(NANO), "source": "mini", "tasks": ["tatoeba"], "languages": ["sw"], "recipe": recipe}
        plan = api.plan(api.build({**wishes, "params": params}), builtin)
        (job,) = [job for job in plan.jobs.values() if job.kind in ("finetune", "multitask")]
        found = prices(plan, builtin, Store(tmp_path))[job.key]
        return found.examples, found.tokens

    lines = {"mlm_languages": "sw,de,fi"}
    assert price("mlm-continued", mlm_rows="70", mlm_epochs="2", **lines) == (210, 2 * 210 * 60)
    # A thousand examples of 50 tokens, twice; a quarter of all steps learns lines, of which there are 210.
    found = price(
        "intermediate-mlm", intermediate="mnli", mlm_share="0.25", intermediate_epochs="2", mlm_rows="70", **lines
    )
    assert found == (1210, 2 * 1000 * 50 + round(2000 / 3 * 60))
