"""Tasks with errors that people made, against the same texts without: in results, on the terminal and on boards."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import xharness.run
from tests.leaderboard import made
from tests.leaderboard.made import TASKS, board, cell
from tests.leaderboard.noised import run
from tests.leaderboard.test_board import conforms
from xharness.cli import robustness
from xharness.cli.report import summary
from xharness.run.records.robustness import with_robustness
from xharness_leaderboard import writing
from xharness_leaderboard.records import read

SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))


class Registry:
    """Looks up tasks."""

    def get(self, group, name):
        return TASKS[name]


@pytest.fixture(autouse=True)
def natural(monkeypatch):
    task = replace(TASKS["nli"], name="typos", languages=("en", "sw", "yo", "zh"), parallel=False, clean="nli")
    monkeypatch.setitem(made.TASKS, "typos", task)


def cells():
    """Return cells in four languages: en and sw have pairs, yo fewer examples without errors, zh no clean score."""
    scores = {"en": (90.0, 80.0), "sw": (70.0, 64.0), "yo": (60.0, 50.0)}
    clean = [cell("nli", code, score, n=90 if code == "yo" else 100) for code, (score, _) in scores.items()]
    noisy = [cell("typos", code, score, data="typos") for code, (_, score) in scores.items()]
    return [*clean, *noisy, cell("typos", "zh", 50.0)]


def found(folder):
    results = with_robustness(read(folder).content, folder, Registry())
    jsonschema.validate(results["robustness"], {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/robustness"})
    return results


def test_a_run_pairs_a_task_with_its_clean_task(tmp_path):
    results = found(run(tmp_path / "run", cells()))
    [row] = results["robustness"]["natural"]
    assert (row["task"], row["clean_task"], row["chance"]) == ("typos", "nli", 50.0)
    sw = row["languages"]["sw"]
    assert (sw["clean"], sw["noisy"], sw["drop"]) == (70.0, 64.0, 6.0)
    assert sw["ci95"] == pytest.approx([6.0, 6.0], abs=1e-4)  # both have the same replicates around their scores
    assert row["languages"]["yo"]["ci95"] is None
    assert row["languages"]["yo"]["examples"] == {"clean": 90, "noisy": 100}
    assert row["missing"] == {"zh": "no score without errors"}
    assert (row["average"]["drop"], row["average"]["languages"]) == (pytest.approx(8.0), ["sw", "yo"])
    assert results["robustness"]["all"]["tasks"] == []  # no average contains them


def test_the_terminal_has_a_line_for_each_pair(tmp_path):
    results = found(run(tmp_path / "run", cells()))
    shown = summary(results, tmp_path)
    [line] = [line for line in shown.splitlines() if line.startswith("typos ") and "nli" in line]
    assert line.split() == ["typos", "nli", "65.0", "57.0", "8.0", "53.3", "%", "2", "of", "3"]
    assert not [note for note in robustness.NOTES if "coverage" in note and note in shown]


def test_a_board_has_the_numbers_of_the_run(tmp_path):
    folder = run(tmp_path / "run", cells())
    made_board = conforms(board(folder))
    [row] = made_board["robustness"]["natural"]
    [entry] = made_board["entries"]
    theirs = found(folder)["robustness"]["natural"]
    assert [{**theirs[0], "entry": entry["id"]}] == [row]
    page = writing.write(made_board, tmp_path / "board").read_text("utf-8")
    assert 'id="natural"' in page and "typos" in page


@pytest.mark.parametrize("task", ["typos", "nli"])
def test_one_of_the_two_tasks_alone_is_no_pair(tmp_path, task):
    own = [each for each in cells() if each["task"] == task]
    folder = run(tmp_path / "run", own)
    assert "robustness" not in with_robustness(read(folder).content, folder, Registry())
    assert "robustness" not in board(folder)


def test_another_computation_of_the_metric_or_other_seeds_are_no_pair(tmp_path):
    odd = cell("typos", "sw", 60.0)
    odd["metrics"]["accuracy"]["signature"] = "accuracy|v:2"
    more = [cell("nli", "sw", 70.0), odd, cell("nli", "yo", 70.0), cell("typos", "yo", 60.0, seed=2)]
    [row] = found(run(tmp_path / "run", more, seeds=(1, 2)))["robustness"]["natural"]
    assert row["average"] is None
    assert row["missing"]["sw"].startswith("different computation of accuracy")
    assert row["missing"]["yo"] == "different seeds"
