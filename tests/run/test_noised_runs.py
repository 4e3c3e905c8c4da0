"""A run with noises: clean and noisy cells side by side, and what the noises do to the scores."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import xharness.run
from tests import noises, toy
from tests.run.conftest import TOY
from xharness.cli.report import summary
from xharness.registry import Registry
from xharness.run.export.rescore import rescore

SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))
TASKS = ["toy-parity", "toy-tags", "toy-pairs"]


@pytest.fixture(scope="module")
def noisy():
    return Registry.load([TOY, noises.__file__], third_parties=False)


@pytest.fixture
def noised(run, noisy):
    def _run(*asked, tasks=TASKS, **more):
        return run(registry=noisy, tasks=tasks, noises=list(asked), **more)

    return _run


def cell(results, task, language, name, severity=3):
    return next(
        each
        for each in results["cells"]
        if (each["task"], each["language"]) == (task, language)
        and each["noise"]
        and (each["noise"]["name"], each["noise"]["severity"]) == (name, severity)
    )


def test_drops_flips_and_robust_accuracy_are_those_of_the_predictions(noised, noisy, tmp_path):
    results = noised("letters:1,3")
    jsonschema.validate(results, SCHEMA)
    gold = [row["label"] for row in toy.rows(noisy.get("tasks", "toy-parity"), "sw", "test")]

    def right(name):
        lines = (tmp_path / "out" / "predictions" / "toy-parity" / f"{name}.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line)["prediction"] == label for line, label in zip(lines, gold, strict=True)]

    before, after = right("sw"), right("sw-letters-3")
    rows = [row for row in results["robustness"]["noises"] if row["task"] == "toy-parity"]
    assert [row["noise"]["severity"] for row in rows] == [1, 3]
    found = rows[1]["languages"]["sw"]
    assert found["drop"] == pytest.approx(100 * (sum(before) - sum(after)) / 30)
    assert found["harm"] == pytest.approx(100 * sum(b and not a for b, a in zip(before, after, strict=True)) / 30)
    assert found["gain"] == pytest.approx(100 * sum(a and not b for b, a in zip(before, after, strict=True)) / 30)
    task = results["robustness"]["tasks"]["toy-parity"]
    assert found["harm"] > 0
    assert task["chance"] == 50.0
    both = {code: cell(results, "toy-parity", code, "letters")["metrics"]["accuracy"]["value"] for code in ("sw", "zh")}
    assert task["severities"]["3"]["average"]["noisy"] == pytest.approx(sum(both.values()) / 2)
    assert task["severities"]["3"]["robust_accuracy"]["value"] <= min(task["severities"]["3"]["average"]["clean"], 100)


def test_token_ids_are_compared_before_and_after(noised):
    results = noised("letters", "capitals")
    for task in TASKS:
        felt, undone = (cell(results, task, "sw", name) for name in ("letters", "capitals"))
        assert felt["notes"]["noise"]["effective"] == felt["notes"]["noise"]["changed"] > 0
        assert (undone["notes"]["noise"]["effective"], undone["notes"]["noise"]["changed"]) == (0, 30)
        assert "noise_undone" not in [each["code"] for each in felt["caveats"]]
        assert "noise_undone" in [each["code"] for each in undone["caveats"]]
        assert "noise_effective" not in felt["model"]


def test_a_noise_that_does_not_apply_or_changes_nothing_is_missing(noised):
    results = noised("capitals", "nothing", tasks=["toy-parity"])
    capitals, nothing = results["robustness"]["noises"]
    assert "there are no such letters in zh" in capitals["missing"]["zh"]
    assert set(nothing["missing"]) == {"en", "sw", "zh"}
    assert nothing["missing"]["en"] == "noise 'nothing' at severity 3 changes none of the examples"
    assert nothing["average"] is None


def test_a_run_without_noises_has_neither_robustness_nor_the_folder_of_it(run, noisy, tmp_path):
    results = run(registry=noisy, tasks=["toy-parity"])
    assert "robustness" not in results
    assert not (tmp_path / "out" / "correct").exists()


def test_scores_of_an_older_store_have_their_flips_too(noised, run, noisy, tmp_path):
    run(registry=noisy, tasks=["toy-parity"], out="clean")
    for file in (tmp_path / "store" / "score").glob("*/correct.npy"):
        file.unlink()
    [row] = noised("letters", tasks=["toy-parity"])["robustness"]["noises"]
    assert row["languages"]["sw"]["harm"] is not None


def test_rescoring_keeps_the_robustness(noised, noisy, tmp_path):
    results = noised("letters", "capitals")
    _, again = rescore(tmp_path / "out", noisy)
    assert again["robustness"] == results["robustness"]


def test_the_report_has_one_row_for_a_noise_and_the_worst_one(noised, tmp_path):
    results = noised("letters:1,3", "capitals:1", tasks=["toy-parity"])
    lines = summary(results, tmp_path).splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("noise"))
    assert [line.split()[0] for line in lines[head + 1 : head + 4]] == ["letters:1", "letters:3", "capitals:1"]
    assert [line.split()[-2] for line in lines[head + 1 : head + 3]] == ["2", "2"]  # English has a column of its own
    assert "1 of 2" in lines[head + 3]
    worst = results["robustness"]["tasks"]["toy-parity"]["severities"]["1"]["worst"]["noise"]["name"]
    assert lines[head + 4].startswith(f"at severity 1: worst noise {worst}:1,")
    assert sum(line.startswith("toy-parity") for line in lines) == 2
    assert any(line.startswith("skipped: noise 'capitals' does not apply") for line in lines)
    assert any("the tokenizer undoes noise capitals:1" in line for line in lines)


@pytest.mark.parametrize("task", ["toy-pairs", "toy-mining", "toy-passages"])
def test_a_noise_reaches_what_is_searched(noised, tmp_path, task):
    noised("letters:5", tasks=[task])
    clean, noisy = (
        (tmp_path / "out" / "predictions" / task / f"{name}.jsonl").read_text("utf-8")
        for name in ("sw", "sw-letters-5")
    )
    assert clean != noisy


def test_a_cell_whose_labels_may_no_longer_hold_says_so(run, registry):
    results = run(tasks=["xnli"], source="mini", languages=["vi", "tr"], noises=["mark_strip:3"], limit=10)
    codes = {cell["language"]: [each["code"] for each in cell["caveats"]] for cell in results["cells"] if cell["noise"]}
    assert "label_risk" in codes["vi"]
    assert "label_risk" not in codes["tr"]
