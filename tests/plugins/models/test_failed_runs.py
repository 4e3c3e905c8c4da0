"""Trainings that stay at chance are reported, and repeated with another seed."""

from __future__ import annotations

import json
import math

import pytest

from tests.models import tiny_checkpoint
from tests.plugins.models.tiny import PLACES, SCRIPT, TASKS, examples, finetune
from xharness.engine import resuming
from xharness.engine.training import TrainingProgress
from xharness.specs import caveats
from xharness_plugins.models import failed_runs

CHOICES = TASKS["choose"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert", "bert")


@pytest.mark.parametrize(
    ("loss", "dev", "expected"),
    [
        (1.07, None, {"loss": 1.07, "chance": math.log(3)}),  # 0.97 of ln 3 is 1.066
        (1.06, None, None),
        (0.30, 35.3, {"dev_accuracy": 35.3, "chance": 100 / 3}),
        (0.30, 35.4, None),
        (1.10, 90.0, None),
    ],
)
def test_chance_is_an_equal_guess_among_the_classes(loss, dev, expected):
    progress = TrainingProgress(step=100, losses=[loss - 0.1, loss + 0.1], best=None if dev is None else (50, dev))
    assert len(SCRIPT.labels) == 3
    assert failed_runs.sign(SCRIPT, examples("classify"), progress) == (expected and pytest.approx(expected))


def test_choices_are_counted_and_tags_and_answers_have_no_chance():
    rows = examples("choose")
    guessing = math.log(len(rows[0]["choices"]))
    assert failed_runs.sign(CHOICES, rows, TrainingProgress(step=9, losses=[guessing])) == {
        "loss": guessing,
        "chance": guessing,
    }
    assert failed_runs.sign(PLACES, examples("answer"), TrainingProgress(step=9, losses=[99.0])) is None
    assert failed_runs.sign(TASKS["tag"], examples("tag"), TrainingProgress(step=9, losses=[99.0])) is None


def test_a_training_that_learns_nothing_is_begun_again_as_often_as_asked(path, tmp_path):
    report = finetune(path, tmp_path, learning_rate=1e-12, epochs=1, selection="last", reruns=2)
    assert [each["seed"] for each in report["degenerate"]] == [1, 1001]
    assert [each["code"] for each in report["remarks"]] == ["restarted_run", "restarted_run", "failed_run"]
    assert [each["facts"].get("seed") for each in report["remarks"]] == [1, 1001, None]
    assert report["remarks"][2]["facts"]["chance"] == pytest.approx(math.log(3))
    assert json.loads(json.dumps(report["remarks"])) == report["remarks"]
    once = finetune(path, tmp_path / "once", learning_rate=1e-12, epochs=1, selection="last")
    assert "degenerate" not in once
    assert [each["code"] for each in once["remarks"]] == ["failed_run"]


def test_one_that_learns_is_left_as_it_is(path, tmp_path):
    report = finetune(path, tmp_path, learning_rate=3e-3, epochs=20, selection="last", reruns=2)
    assert "remarks" not in report
    assert "degenerate" not in report


@pytest.mark.parametrize("sign", [{"loss": 1.10, "chance": 1.10}, "loss 1.10, guessing 1.10"])
def test_after_a_kill_those_that_failed_are_not_tried_again(path, tmp_path, sign):
    """Also where an older version, which kept a sentence, began the training."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    resuming.save_failed(scratch, [{"seed": 1, "sign": sign}])
    steps = []
    report = finetune(
        path, tmp_path, learning_rate=3e-3, epochs=20, selection="last", reruns=1, report=lambda at: steps.append(at)
    )
    [remark] = report["remarks"]
    assert remark == {"code": "restarted_run", "facts": {"seed": 1, **(sign if isinstance(sign, dict) else {})}}
    assert caveats.of_training(remark, "finetune", "xnli").grave
    assert resuming.load_failed(scratch) == report["degenerate"]
    other = finetune(path, tmp_path / "other", learning_rate=3e-3, epochs=20, selection="last", seed=1001)
    assert report["loss"] == other["loss"]


def test_a_training_within_its_warm_up_says_so(path, tmp_path):
    report = finetune(path, tmp_path, task=PLACES, rows=examples("answer"), epochs=1, warmup_steps=500)
    [remark] = [each for each in report["remarks"] if each["code"] == "short_warmup"]
    assert remark["facts"] == {"step": report["steps"], "warmup": 500}
    assert "remarks" not in finetune(path, tmp_path / "b", task=PLACES, rows=examples("answer"), warmup_steps=0.1)
