"""Submission folders: the official numbers and layout, and what the official evaluator does not say."""

from __future__ import annotations

import json

import pytest

from tests.submission.small import METRICS_BY_NAME, SUITE, TASKS, cell, score, write
from xharness import BadRequest, Metric, Scored, StageError
from xharness.registry import Registry
from xharness.submission.remarks import problems, remarks
from xharness.submission.scoring import score_submission


def test_a_complete_submission_in_the_official_layout(folder):
    official, report = score(folder)
    two_thirds = 2 * (1.0 * 0.5) / 1.5
    f1 = {"en": 100.0, "sw": 100.0 * (two_thirds + 1.0) / 2}
    expected = {
        "nli": {"accuracy": {"sw": 50.0, "en": 75.0}, "avg_accuracy": 62.5, "avg_metric": 62.5},
        "pos": {
            "f1": {"en": 2 / 3 * 100, "sw": 0},
            "precision": {"en": 2 / 3 * 100, "sw": 0.0},
            "recall": {"en": 2 / 3 * 100, "sw": 0.0},
            "avg_f1": (2 / 3 * 100 + 0) / 2,
            "avg_precision": 2 / 3 * 100 / 2,
            "avg_recall": 2 / 3 * 100 / 2,
            "avg_metric": 2 / 3 * 100 / 2,
        },
        "qa": {
            "exact_match": {"en": 100.0, "sw": 50.0},
            "f1": f1,
            "avg_exact_match": 75.0,
            "avg_f1": (f1["en"] + f1["sw"]) / 2,
            "avg_metric": (75.0 + (f1["en"] + f1["sw"]) / 2) / 2,
        },
        "lqa": {
            "exact_match": {"es": 100.0},
            "f1": {"es": 100.0},
            "avg_exact_match": 100.0,
            "avg_f1": 100.0,
            "avg_metric": 100.0,
        },
        "mine": {
            "f1": {"sw": 50.0},
            "precision": {"sw": 50.0},
            "recall": {"sw": 50.0},
            "avg_f1": 50.0,
            "avg_precision": 50.0,
            "avg_recall": 50.0,
            "avg_metric": 50.0,
        },
        "pairs": {
            "accuracy": {"sw": 2 / 3 * 100},
            "avg_accuracy": 2 / 3 * 100,
            "avg_metric": 2 / 3 * 100,
        },
    }
    means = [expected[task]["avg_metric"] for task in SUITE.tasks]
    averages = {
        "all_task": sum(means) / 6,
        "text": 62.5,
        "qa": (expected["qa"]["avg_metric"] + 100.0) / 2,
        "retrieval": (50.0 + 2 / 3 * 100) / 2,
    }
    # the group `qa` and the task `qa` share a key: as officially, the task's block is what is written
    assert official == {**averages, **expected}
    assert type(official["pos"]["f1"]["sw"]) is int
    assert report["complete"]
    assert not problems(report)
    assert not remarks(report)


def test_the_report_has_intervals_signatures_and_counts(folder):
    task = score(folder)[1]["tasks"]["nli"]
    assert task["signature"] == "accuracy|v:1"
    found = task["languages"]["en"]
    assert found["n"] == 4
    low, high = found["metrics"]["accuracy"]["ci95"]
    assert 0 <= low < 75.0 < high <= 100
    assert cell(folder, "lqa", "es")["metrics"]["f1"]["ci95"] is None  # one question


def test_a_missing_language_leaves_values_without_averages(folder):
    (folder / "predictions/nli/test-sw.tsv").unlink()
    official, report = score(folder)
    assert official["nli"] == {"accuracy": {"en": 75.0}}
    assert "all_task" not in official
    assert "text" not in official
    assert "retrieval" in official
    assert not report["complete"]
    assert report["averages"]["all_task"] == {"value": None, "complete": False, "missing": ["nli"]}
    assert report["tasks"]["nli"]["missing"] == ["sw"]
    assert problems(report) == ["nli sw: no file test-sw.tsv in the predictions"]


def test_a_missing_task_is_left_out(folder):
    for side in ("predictions", "labels"):
        for name in ("test-en.tsv", "test-sw.tsv"):
            (folder / side / "pos" / name).unlink()
    (folder / "labels/pos").rmdir()
    official, report = score(folder)
    assert "pos" not in official
    assert problems(report) == ["pos: no folder 'pos' in the labels"]
    (folder / "labels/pos").mkdir()
    official, report = score(folder)
    assert "pos" not in official
    [line] = problems(report)
    assert line == "pos: no file test-LANG.tsv in the predictions and the labels for 2 languages: en, sw"


def test_folders_and_files_that_are_not_read_are_named(folder):
    write(folder / "predictions/xlwic/test-en.tsv", "T\n")
    write(folder / "predictions/nli/test_en_predictions.txt", "yes\n")
    write(folder / "predictions/nli/.DS_Store", "")
    found = remarks(score(folder)[1])
    assert found == [
        f"nli: ignored files: '{folder}/predictions/nli/test_en_predictions.txt'",
        "predictions: ignored folders, not tasks of the suite: 'xlwic'",
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(StageError("no dictionary"), "no dictionary"), (KeyError("x"), "metric 'accuracy' failed: KeyError('x')")],
)
def test_a_metric_that_fails_fails_its_cells(folder, error, reason):
    def broken(predictions, gold, language):
        raise error

    metric = Metric(name="accuracy", kinds=("classification",), compute=broken, signature="?")
    official, report = score(folder, {**METRICS_BY_NAME, "accuracy": metric})
    assert problems(report) == [f"nli sw: {reason}", f"nli en: {reason}"]
    assert "nli" not in official
    assert "pos" in official


def test_a_metric_of_a_plugin_may_have_notes_of_its_own(folder):
    def curt(predictions, gold, language):
        return Scored(values={"accuracy": 1.0}, n=len(gold), notes={"mood": "bad"})

    metric = Metric(name="accuracy", kinds=("classification",), compute=curt, signature="?")
    report = score(folder, {**METRICS_BY_NAME, "accuracy": metric})[1]
    assert remarks(report) == ["nli sw: mood: 'bad'", "nli en: mood: 'bad'"]


def test_folders_must_exist_and_hold_a_task(folder, tmp_path):
    with pytest.raises(BadRequest, match="gold': no such folder"):
        score_submission(SUITE, TASKS, METRICS_BY_NAME, folder / "predictions", folder / "gold")
    with pytest.raises(BadRequest, match=r"no sub-folder is named after a task of 'tiny': nli, pos, qa"):
        score_submission(SUITE, TASKS, METRICS_BY_NAME, folder, folder / "labels")


def same(found, expected, tolerance=0.0) -> int:
    """Assert bit equality, types included; return how many numbers were compared."""
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        return sum(same(found[key], expected[key]) for key in expected)
    assert repr(found) == repr(expected)
    return 1


@pytest.mark.shared
def test_the_official_mock_data_to_the_last_bit(shared_data, shared_spec):
    expected = json.loads((shared_spec / "mock_expected_scores.json").read_text("utf-8"))["xtreme"]
    registry = Registry.load()
    suite = registry.get("suites", "xtreme")
    tasks = {name: registry.get("tasks", name) for name in suite.tasks}
    mock = shared_data / "mock_test_data"
    official, report = score_submission(suite, tasks, METRICS_BY_NAME, mock / "predictions", mock / "labels")
    assert report["complete"]
    overall = expected["overall"]
    assert official.pop("all_task") == pytest.approx(overall.pop("all_task"), abs=1e-9)
    assert same(official, {**overall, **expected["tasks"]}) == 374
