"""Rescore stored predictions, and explain a number."""

from __future__ import annotations

import json
import shutil

import pytest

from tests import toy
from xharness.cli import explain
from xharness.errors import BadRequest
from xharness.run.export.rescore import rescore


def test_rescoring_gives_the_same_scores_and_needs_no_model(run, registry, tmp_path):
    results = run(suite="toys")
    shutil.rmtree(tmp_path / "model")
    shutil.rmtree(tmp_path / "store")
    folder, again = rescore(tmp_path / "out", registry)
    assert folder == tmp_path / "out"
    assert again["cells"] == results["cells"]
    assert again["suites"] == results["suites"]


def test_rescoring_reads_the_predictions(run, registry, tmp_path):
    run(tasks=["toy-parity"])
    path = tmp_path / "out" / "predictions" / "toy-parity" / "sw.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    flipped = [{"prediction": "odd" if row["prediction"] == "even" else "even"} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in flipped), encoding="utf-8")
    before = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    _, after = rescore(tmp_path / "out", registry)

    def value(results):
        [cell] = [cell for cell in results["cells"] if cell["language"] == "sw"]
        return cell["metrics"]["accuracy"]["value"]

    assert value(after) == pytest.approx(100 - value(before))


def test_replicates_follow_the_scores(run, registry, tmp_path):
    run(tasks=["toy-parity"], languages=["sw", "zh"])
    file = tmp_path / "out" / "replicates" / "toy-parity" / "sw.npy"
    before = file.read_bytes()
    file.unlink()
    (tmp_path / "out" / "predictions" / "toy-parity" / "zh.jsonl").write_text("{", "utf-8")
    _, after = rescore(tmp_path / "out", registry)
    assert {cell["language"]: cell["replicates"] for cell in after["cells"]} == {
        "sw": "replicates/toy-parity/sw.npy",
        "zh": None,
    }
    assert file.read_bytes() == before


def test_a_damaged_prediction_fails_its_cell_alone(run, registry, tmp_path):
    run(tasks=["toy-parity"])
    (tmp_path / "out" / "predictions" / "toy-parity" / "sw.jsonl").write_text('{"prediction": "odd"}\n{"predi', "utf-8")
    _, after = rescore(tmp_path / "out", registry)
    states = {cell["language"]: (cell["status"], cell["reason"]) for cell in after["cells"]}
    assert states["sw"][0] == "failed"
    assert "sw.jsonl:2" in states["sw"][1]
    assert states["en"] == ("ok", None)
    assert after["tasks"]["toy-parity"]["value"] is None


@pytest.mark.parametrize("wishes", [{}, {"limit": 12}])
def test_a_cell_that_had_no_gold_gets_the_record_of_an_undisturbed_run(run, registry, tmp_path, monkeypatch, wishes):
    (plugin,) = [each.module for each in registry.plugins if getattr(each.module, "STEPS", None) == toy.STEPS]
    asked = {"tasks": ["toy-mining", "toy-parity"], "languages": ["sw"], "params": {"selection": "oracle"}, **wishes}
    with monkeypatch.context() as hidden:
        hidden.setattr(plugin, "rows", without_gold(plugin.rows))
        failed = run(**asked)
    assert {cell["status"] for cell in failed["cells"]} == {"failed"}
    assert not any(task["caveats"] for task in failed["tasks"].values())
    _, again = rescore(tmp_path / "out", registry)
    whole = run(out="whole", **asked)
    assert untimed(again) == untimed(whole)
    codes = {cell["task"]: [each["code"] for each in cell["caveats"]] for cell in again["cells"]}
    assert codes["toy-mining"][0] == ("limited" if wishes else "test_size")
    assert "oracle_selection" in codes["toy-parity"]


def without_gold(rows):
    def made(task, language, split):
        empty = {"label": None, "gold": []}
        found = rows(task, language, split)
        return [{**row, **{k: v for k, v in empty.items() if k in row}} for row in found] if split == "test" else found

    return made


def untimed(results):
    return [{**cell, "timing": None} for cell in results["cells"]]


def test_predictions_outside_the_run_are_refused(run, registry, tmp_path):
    run(tasks=["toy-parity"])
    file = tmp_path / "out" / "results.json"
    results = json.loads(file.read_text("utf-8"))
    results["cells"][0]["predictions"] = "predictions/../../model/toy.json"
    file.write_text(json.dumps(results), encoding="utf-8")
    with pytest.raises(BadRequest, match="outside the run's folder"):
        rescore(tmp_path / "out", registry)


def test_what_is_no_run_is_refused(registry, tmp_path):
    with pytest.raises(BadRequest, match=r"there is no results\.json"):
        rescore(tmp_path, registry)
    (tmp_path / "results.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadRequest, match="is not a results file"):
        rescore(tmp_path, registry)
    (tmp_path / "results.json").write_text('{"schema_version": "2.0"}', encoding="utf-8")
    with pytest.raises(BadRequest, match=r"schema version 2\.0"):
        rescore(tmp_path, registry)


def test_explain_names_checkpoint_data_and_settings(run, tmp_path, capsys):
    import argparse

    run(tasks=["toy-tags"])
    args = argparse.Namespace(
        folder=str(tmp_path / "out"), task="toy-tags", language="sw", seed=None, noise=None, json=True
    )
    assert explain.run(args) == 0
    story = json.loads(capsys.readouterr().out)
    assert story["data"]["examples"] == "toy:toy-tags:sw:test"
    kinds = [title.split(", ")[1].split()[0] for title in story if title.startswith("stage")]
    assert kinds == ["pretrained", "finetune", "predict"]
    [training] = [content for title, content in story.items() if "finetune" in title]
    assert training["data"] == {"train": "toy:toy-tags:en:train"}
    args.language = "sww"
    with pytest.raises(BadRequest, match="did you mean sw"):
        explain.run(args)
