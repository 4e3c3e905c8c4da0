"""A run from end to end: records, averages, shared stages, caching, failures, and written files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import xharness.run
from tests import toy
from xharness import api, caveat
from xharness.errors import BadRequest

SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))


def codes(cell):
    """Return the codes of a cell's caveats."""
    return [each["code"] for each in cell["caveats"]]


def cells(results, task):
    return {cell["language"]: cell for cell in results["cells"] if cell["task"] == task}


def test_a_suite_is_evaluated_and_its_results_follow_the_schema(run, tmp_path):
    results = run(suite="toys")
    jsonschema.validate(results, SCHEMA)
    assert json.loads((tmp_path / "out" / "results.json").read_text("utf-8")) == results
    assert {cell["status"] for cell in results["cells"]} == {"ok"}
    assert len(results["cells"]) == 5 * 3 + 2
    assert results["suites"]["toys"]["complete"]
    tags = cells(results, "toy-tags")
    mean = sum(tags[code]["metrics"]["f1"]["value"] for code in toy.LANGUAGES) / 3
    assert results["tasks"]["toy-tags"]["value"] == mean
    values = [task["value"] for task in results["tasks"].values()]
    assert results["suites"]["toys"]["value"] == pytest.approx(sum(values) / len(values))


def test_scores_are_those_of_the_predictions_counted_by_hand(run, tmp_path, registry):
    results = run(tasks=["toy-parity", "toy-pairs", "toy-qa"])
    gold = [row["label"] for row in toy.rows(registry.get("tasks", "toy-parity"), "sw", "test")]
    lines = (tmp_path / "out" / "predictions" / "toy-parity" / "sw.jsonl").read_text("utf-8").splitlines()
    right = sum(json.loads(line)["prediction"] == label for line, label in zip(lines, gold, strict=True))
    cell = cells(results, "toy-parity")["sw"]
    assert cell["metrics"]["accuracy"]["value"] == 100 * right / 30
    assert cell["n"] == 30
    low, high = cell["metrics"]["accuracy"]["ci95"]
    assert low < cell["metrics"]["accuracy"]["value"] < high
    assert cells(results, "toy-qa")["zh"]["metrics"]["f1"]["value"] == 100.0
    assert cells(results, "toy-pairs")["en"]["metrics"]["accuracy"]["value"] == 100.0


def test_a_second_run_is_served_from_the_store(run, monkeypatch, tmp_path):
    first = run(suite="toys")
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "log"))
    second = run(suite="toys", out="other")
    assert not (tmp_path / "log").exists()

    def scores(results):
        return [(cell["task"], cell["language"], cell["metrics"]) for cell in results["cells"]]

    assert scores(first) == scores(second)


def test_more_languages_train_nothing_again_and_tasks_share_a_checkpoint(run, monkeypatch, tmp_path):
    log = tmp_path / "log"
    monkeypatch.setenv("TOY_LOG", str(log))
    run(tasks=["toy-qa", "toy-qa-too"], languages=["en"], keep_checkpoints=True)
    assert log.read_text().count("step") == toy.STEPS
    run(tasks=["toy-qa", "toy-parity"], languages=["sw", "zh"])
    assert log.read_text().count("step") == toy.STEPS


@pytest.mark.parametrize(("keep", "embedded"), [(True, 60), (False, 100)])
def test_a_text_is_embedded_once_while_its_vector_is_kept(run, monkeypatch, tmp_path, keep, embedded):
    log = tmp_path / "log"
    monkeypatch.setenv("TOY_LOG", str(log))
    run(tasks=["toy-pairs"], languages=["en"], keep_checkpoints=keep)
    assert log.read_text().count("embed") == 60
    run(tasks=["toy-pairs"], languages=["en"], limit=10, keep_checkpoints=keep)
    assert log.read_text().count("embed") == embedded


def test_another_seed_is_another_training_and_both_are_averaged(run):
    results = run(tasks=["toy-tags"], seeds=[1, 2])
    jsonschema.validate(results, SCHEMA)
    assert len(results["cells"]) == 6
    assert {cell["predictions"] for cell in results["cells"] if cell["language"] == "sw"} == {
        "predictions/toy-tags/sw-seed1.jsonl",
        "predictions/toy-tags/sw-seed2.jsonl",
    }
    assert results["tasks"]["toy-tags"]["complete"]
    assert len({cell["artifacts"]["checkpoint"] for cell in results["cells"]}) == 2


def test_a_cell_whose_data_are_broken_fails_alone(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken").touch()
    results = run(suite="toys", data=str(tmp_path / "data"))
    jsonschema.validate(results, SCHEMA)
    broken = cells(results, "toy-tags")["zh"]
    assert (broken["status"], broken["reason"]) == ("failed", "toy/zh.tsv:3: expected 2 columns, got 1")
    assert [cell["status"] for cell in results["cells"]].count("ok") == len(results["cells"]) - 1
    tags = results["tasks"]["toy-tags"]
    assert (tags["value"], tags["complete"], tags["missing"]) == (None, False, ["zh"])
    assert (tags["averages"], tags["caveats"]) == ({}, [])
    assert (tags["transfer_gap"]["value"], tags["transfer_gap"]["reason"]) == (None, "1 of 3 languages have no score")
    assert tags["by_family"]["Sino-Tibetan"] is None
    assert results["suites"]["toys"]["value"] is None
    assert results["suites"]["toys"]["missing"] == ["toy-tags"]
    assert results["suites"]["toys"]["groups"]["search"]["complete"]


def test_some_languages_give_no_average(run):
    results = run(tasks=["toy-tags"], languages=["sw"])
    assert results["tasks"]["toy-tags"]["value"] is None
    assert results["tasks"]["toy-tags"]["missing"] == ["en", "zh"]


def test_what_is_not_the_official_measurement_is_marked(run):
    results = run(tasks=["toy-mining"])
    [size] = cells(results, "toy-mining")["sw"]["caveats"]
    assert (size["code"], size["grave"], size["facts"]) == ("test_size", False, {"n": 15, "official": 7})
    assert size["text"] == "scored 15 examples; the official test set has 7"
    assert results["tasks"]["toy-mining"]["caveats"] == [{**size, "languages": ["sw"]}]
    assert cells(results, "toy-mining")["zh"]["caveats"] == []
    limited = run(tasks=["toy-tags"], limit=5, out="limited")
    assert cells(limited, "toy-tags")["sw"]["n"] == 5
    assert cells(limited, "toy-tags")["sw"]["caveats"] == [caveat("limited", limit=5).record()]


def test_a_run_folder_that_takes_no_file_is_refused_before_any_work(run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadRequest, match=r"--out '.*file/out': .*file is a file; give a folder"):
        run(tasks=["toy-tags"], out="file/out")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"tasks": ["toy-tgas"]}, r"unknown task 'toy-tgas'; did you mean toy-tags"),
        ({"tasks": ["toy-tags"], "languages": ["swx"]}, r"unknown language 'swx'; did you mean sw"),
        ({"tasks": ["toy-mining"], "languages": ["en"]}, r"language 'en' \(English\) is not in toy-mining; available:"),
        ({"tasks": ["toy-tags"], "recipe": "zeroshot"}, r"did you mean zero-shot"),
        ({"tasks": ["toy-tags"], "source": "tooy"}, r"did you mean toy"),
        ({"tasks": ["toy-tags"], "params": {"leters": "3"}}, r"unknown parameter 'leters'; did you mean letters"),
        ({"tasks": ["toy-tags"], "params": {"letters": "x"}}, r"parameter letters=x: must be a whole number"),
        ({"tasks": ["toy-tags"], "device": "cuda:7"}, r"cuda:7"),
        ({"tasks": ["toy-tags"], "dtype": "float8"}, r"unknown dtype"),
        ({"tasks": ["toy-tags"], "limit": 0}, r"limit 0: must be"),
        ({"tasks": ["toy-tags"], "seeds": [1, 1]}, r"must differ from each other"),
        ({"tasks": ["toy-tags"], "split": "valid"}, r"unknown split"),
        ({"tasks": ["toy-tags"], "data": "/no/such/folder"}, r"no such folder"),
        ({"tasks": ["toy-tags"], "suite": "toys"}, r"not both"),
        ({"tasks": ["toy-tags"], "model": "./nowhere"}, r"'./nowhere': no such folder"),
        ({"tasks": ["toy-tags"], "model": "tooy:x"}, r"unknown model 'tooy'; did you mean toy"),
        ({"tasks": ["toy-tags"], "model": ""}, r"no model"),
    ],
)
def test_bad_requests_are_refused_before_any_work(run, tmp_path, wishes, message):
    with pytest.raises(BadRequest, match=message):
        run(**wishes)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_checkpoint_is_refused(run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadRequest, match=r"contains nothing; expected config\.json"):
        run(tasks=["toy-tags"], model=str(tmp_path / "empty"))


def test_the_request_may_come_from_a_file(tmp_path, model):
    path = tmp_path / "request.toml"
    path.write_text(
        f'model = "{model}"\ntasks = ["toy-tags"]\nseeds = [3]\nparams = {{letters = 3}}\n', encoding="utf-8"
    )
    from xharness.request import from_toml

    request = from_toml(path, {"limit": 4})
    assert (request.tasks, request.seeds, request.limit, request.params) == (("toy-tags",), (3,), 4, {"letters": "3"})
    path.write_text("modle = 'x'\n", encoding="utf-8")
    with pytest.raises(BadRequest, match="unknown key 'modle'; did you mean model"):
        from_toml(path, {})


def test_the_same_request_gets_the_same_folder():
    one = api.build({"model": "a/b", "tasks": ["xnli"]})
    assert api.default_folder(one) == api.default_folder(api.build({"model": "a/b", "tasks": ["xnli"]}))
    assert api.default_folder(one) != api.default_folder(api.build({"model": "a/b", "tasks": ["xnli"], "seeds": [2]}))


def test_replicates_of_two_models_on_the_same_examples_are_paired(run, tmp_path):
    first = cells(run(tasks=["toy-qa"], languages=["en"]), "toy-qa")["en"]
    other = cells(run(tasks=["toy-qa"], languages=["en"], seeds=[3], out="other"), "toy-qa")["en"]
    drawn = np.load(tmp_path / "out" / first["replicates"])
    assert drawn.shape == (2, 1000)
    low, high = first["metrics"]["f1"]["ci95"]
    assert np.percentile(drawn[0], [2.5, 97.5]).tolist() == pytest.approx([low, high], abs=1e-4)
    assert np.array_equal(drawn, np.load(tmp_path / "other" / other["replicates"]))


def test_one_folder_for_two_runs_holds_the_files_of_the_last(run, tmp_path, model):
    other = toy.checkpoint(tmp_path / "other-model")
    (other / "toy.json").write_text('{"counts": {"aa": "LOW"}}', encoding="utf-8")
    for path in (model, str(other), model):
        run(model=path, tasks=["toy-tags"], languages=["sw"])
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    key = results["cells"][0]["artifacts"]["predict"]
    kept = tmp_path / "store" / "objects" / "predict" / key[:2] / key / "predictions.jsonl"
    assert (tmp_path / "out" / results["cells"][0]["predictions"]).stat().st_mtime_ns == kept.stat().st_mtime_ns


def test_what_is_predicted_needs_no_training_again(run, monkeypatch, tmp_path):
    run(tasks=["toy-tags"])
    for kind in ("finetune", "score"):
        shutil.rmtree(tmp_path / "store" / "objects" / kind)
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "log"))
    results = run(tasks=["toy-tags"], out="again")
    assert {cell["status"] for cell in results["cells"]} == {"ok"}
    assert not (tmp_path / "log").exists()
