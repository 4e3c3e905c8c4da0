"""Recipes from end to end: training languages, what records say of them, and shared trainings."""

from __future__ import annotations

import pytest

from tests import toy
from tests.run.test_runner import cells, codes
from xharness import caveat
from xharness.errors import BadRequest
from xharness.run.steps.sampling import drawn


@pytest.fixture
def trainings(monkeypatch, tmp_path):
    log = tmp_path / "log"
    log.touch()
    monkeypatch.setenv("TOY_LOG", str(log))
    return lambda: log.read_text("utf-8").count("step ") / toy.STEPS


def taught(results):
    """Return the languages that each training saw, as the model that was trained tells."""
    return [stage["report"]["languages"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]


def test_zero_shot_sees_english_alone_and_the_cells_say_so(run):
    results = run(tasks=["toy-tags", "toy-qa", "toy-pairs"])
    assert taught(results) == [["en"], ["en"]]
    for code in toy.LANGUAGES:
        assert cells(results, "toy-tags")[code]["trained_on"] == [["toy-tags", "en", "train"]]
        assert cells(results, "toy-qa")[code]["trained_on"] == [["toy-parity", "en", "train"]]
        assert cells(results, "toy-pairs")[code]["trained_on"] == []


def test_each_language_has_its_own_checkpoint_and_those_without_a_split_are_skipped(run, trainings):
    results = run(tasks=["toy-tags"], recipe="in-language", keep_checkpoints=True)
    found = cells(results, "toy-tags")
    assert [found[code]["status"] for code in toy.LANGUAGES] == ["ok", "ok", "skipped"]
    assert "has no training split in zh, only in en, sw" in found["zh"]["reason"]
    assert taught(results) == [["en"], ["sw"]]
    assert found["sw"]["trained_on"] == [["toy-tags", "sw", "train"]]
    assert trainings() == 2
    run(tasks=["toy-tags"], out="zero")
    assert trainings() == 2  # the English one is that of zero-shot
    with pytest.raises(BadRequest, match="has no training split in zh"):
        run(tasks=["toy-tags"], languages=["zh"], recipe="in-language")


def test_all_languages_together_are_trained_once(run, trainings):
    results = run(tasks=["toy-tags"], recipe="in-language-multi")
    assert taught(results) == [["en", "sw"]]
    assert cells(results, "toy-tags")["zh"]["trained_on"] == [["toy-tags", "en", "train"], ["toy-tags", "sw", "train"]]
    assert trainings() == 1


def test_a_target_that_is_added_is_all_that_is_trained(run, trainings):
    wishes = {"recipe": "intermediate", "params": {"intermediate": "toy-parity"}}
    run(tasks=["toy-tags", "toy-pairs"], **wishes)
    assert trainings() == 2
    results = run(tasks=["toy-tags", "toy-pairs", "toy-qa"], out="more", **wishes)
    assert trainings() == 3
    assert cells(results, "toy-tags")["sw"]["trained_on"] == [
        ["toy-parity", "en", "train"],
        ["toy-tags", "en", "train"],
    ]


def test_a_language_that_is_added_is_all_that_is_trained(run, trainings):
    run(tasks=["toy-tags"], languages=["en"], recipe="in-language")
    run(tasks=["toy-tags"], recipe="in-language", out="more")
    assert trainings() == 2


def test_a_score_on_what_was_trained_on_is_marked(run):
    results = run(tasks=["toy-tags"], languages=["en", "sw"], split="train")
    found = cells(results, "toy-tags")
    marks = {code: "trained_on_evaluated_split" in codes(found[code]) for code in found}
    assert marks == {"en": True, "sw": False}


def test_a_few_examples_of_the_language_follow_english(run, trainings):
    results = run(tasks=["toy-tags"], recipe="few-shot", params={"shots": 4})
    found = cells(results, "toy-tags")
    assert found["en"]["trained_on"] == [["toy-tags", "en", "train"]]
    assert found["sw"]["trained_on"] == [["toy-tags", "en", "train"], ["toy-tags", "sw", "train"]]
    assert found["zh"]["trained_on"] == [["toy-tags", "en", "train"], ["toy-tags", "zh", "dev"]]
    reports = [stage["report"] for stage in results["run"]["plan"] if "shots" in stage["params"]]
    assert [(report["languages"], report["examples"]) for report in reports] == [(["sw"], 4), (["zh"], 4)]
    assert [report["shots"] for report in reports] == [{"sw": drawn(30, 4, 1)}, {"zh": drawn(30, 4, 1)}]
    assert trainings() == 3
    run(tasks=["toy-tags"], languages=["sw"], recipe="few-shot", params={"shots": 4, "draw": 2}, out="other")
    assert trainings() == 4


def test_scores_on_the_split_that_shots_came_from_are_marked(run):
    results = run(tasks=["toy-tags"], recipe="few-shot", split="dev")
    found = cells(results, "toy-tags")
    marks = {code: "trained_on_evaluated_split" in codes(found[code]) for code in found}
    assert marks == {"en": False, "sw": False, "zh": True}


def test_several_intermediate_tasks_are_trained_once_for_all_targets(run, trainings):
    wishes = {"recipe": "intermediate-multi", "params": {"intermediate": "toy-parity,toy-tags"}}
    results = run(tasks=["toy-tags", "toy-pairs"], **wishes)
    assert trainings() == 2
    [report] = [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "multitask"]
    assert (report["tasks"], report["languages"], report["head"]) == (["toy-parity", "toy-tags"], ["en"], None)
    assert report["mixing"] == {"cap": 2**17, "exponent": 1.0}
    both = [["toy-parity", "en", "train"], ["toy-tags", "en", "train"]]
    assert cells(results, "toy-pairs")["sw"]["trained_on"] == both
    run(tasks=["toy-tags", "toy-pairs", "toy-qa"], out="more", **wishes)
    assert trainings() == 3


def test_a_target_is_trained_beside_others(run, trainings):
    results = run(tasks=["toy-tags", "toy-qa"], recipe="multi-task", params={"intermediate": "toy-parity"})
    assert trainings() == 2
    reports = [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "multitask"]
    assert [(each["tasks"], each["head"]) for each in reports] == [
        (["toy-parity", "toy-tags"], "toy-tags"),
        (["toy-parity"], "toy-parity"),
    ]


def test_checkpoints_are_merged_without_training_them_again(run, trainings, tmp_path):
    run(tasks=["toy-pairs"], recipe="intermediate", params={"intermediate": "toy-parity"})
    wishes = {"recipe": "merge", "params": {"intermediate": "toy-parity,toy-tags"}}
    results = run(tasks=["toy-tags", "toy-pairs"], out="merged", **wishes)
    assert {cell["status"] for cell in results["cells"]} == {"ok"}
    assert trainings() == 3  # toy-parity is there already, toy-tags comes before the merge and after it
    assert cells(results, "toy-pairs")["sw"]["trained_on"] == [
        ["toy-parity", "en", "train"],
        ["toy-tags", "en", "train"],
    ]
    [merged] = [stage for stage in results["run"]["plan"] if stage["kind"] == "merge"]
    assert merged["report"]["words"] > 0
    run(tasks=["toy-tags", "toy-pairs", "toy-qa"], out="more", **wishes)
    assert trainings() == 4


def test_an_adapter_that_cannot_merge_is_refused_before_any_work(run, registry, monkeypatch, tmp_path):
    monkeypatch.setitem(vars(registry.get("models", "toy")), "merge", None)
    with pytest.raises(BadRequest, match=r"^the adapter 'toy' cannot merge checkpoints; use --recipe zero-shot$"):
        run(tasks=["toy-pairs"], recipe="merge", params={"intermediate": "toy-parity,toy-tags"})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("recipe", ["zero-shot", "as-is"])
def test_an_adapter_that_cannot_train_is_refused_before_any_work_and_no_recipe_is_named_that_fails(
    run, registry, monkeypatch, tmp_path, recipe
):
    for method in ("train", "merge"):
        monkeypatch.setitem(vars(registry.get("models", "toy")), method, None)
    with pytest.raises(
        BadRequest, match="no recipe can evaluate 'toy-tags' with it; use a checkpoint of the adapter causal, hf or st"
    ) as refused:
        run(tasks=["toy-tags"], recipe=recipe)
    assert "--recipe" not in str(refused.value)
    assert not (tmp_path / "out").exists()
    assert {cell["status"] for cell in run(tasks=["toy-pairs"], recipe=recipe)["cells"]} == {"ok"}


def test_english_and_a_few_of_each_language_are_trained_on_at_once(run, trainings):
    results = run(tasks=["toy-tags"], recipe="joint", params={"shots": 4, "exponent": 1})
    [report] = [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]
    assert report["shots"] == {"sw": drawn(30, 4, 1), "zh": drawn(30, 4, 1)}
    assert (report["languages"], report["examples"]) == (["en", "sw", "zh"], 38)
    everything = [["toy-tags", "en", "train"], ["toy-tags", "sw", "train"], ["toy-tags", "zh", "dev"]]
    assert all(cell["trained_on"] == everything for cell in results["cells"])
    run(tasks=["toy-tags"], languages=["sw"], recipe="joint", params={"shots": 4, "exponent": 1}, out="more")
    assert trainings() == 1
    results = run(tasks=["toy-tags"], recipe="joint", params={"shots": 4}, out="balanced")
    [report] = [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]
    assert report["examples"] == sum(round(38 * n**0.5 / (30**0.5 + 2 * 4**0.5)) for n in (30, 4, 4))


def test_an_oracle_is_told_and_looks_where_there_is_something(run):
    results = run(tasks=["toy-tags"], recipe="zero-shot", params={"selection": "oracle"})
    said = caveat("oracle_selection", tasks=["toy-tags"], languages=3).record()
    assert said["text"] == "oracle selection: the checkpoint was selected on the dev splits of toy-tags in 3 languages"
    assert all(said in cell["caveats"] for cell in results["cells"])
    zero = run(tasks=["toy-tags"], out="zero")
    assert not any("oracle_selection" in codes(cell) for cell in zero["cells"])
