"""A kind that a plugin declares in one file works in every command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests import spelling
from xharness.cli.main import main
from xharness.errors import BadRequest
from xharness.registry import Registry

FILE = str(Path(spelling.__file__))


@pytest.fixture
def model(tmp_path):
    return str(spelling.checkpoint(tmp_path / "model"))


@pytest.fixture
def xh(tmp_path, capsys):
    def call(*words):
        code = main([*map(str, words), "--plugin", FILE])
        return code, capsys.readouterr().out

    return call


@pytest.fixture
def ran(xh, model, tmp_path):
    words = ("--suite", "typing", "--source", "typed", "--dtype", "float32", "--store", tmp_path / "store")
    assert xh("run", model, *words, "--out", tmp_path / "run")[0] == 0
    return tmp_path / "run"


def test_plan_prices_it(xh, model, tmp_path):
    words = ("--task", "typos", "--source", "typed", "--dtype", "float32", "--store", tmp_path / "store", "--json")
    code, out = xh("plan", model, *words)
    stages = {(stage["kind"], stage["tokens"]) for stage in json.loads(out)["stages"]}
    assert (code, stages) == (0, {("pretrained", 0), ("predict", 3 * 3)})


def test_run_scores_it(ran):
    results = json.loads((ran / "results.json").read_text("utf-8"))
    scores = {cell["language"]: cell["metrics"]["words_right"] for cell in results["cells"]}
    assert scores["en"]["value"] == pytest.approx(200 / 3)
    assert scores["en"]["ci95"] is not None
    assert results["suites"]["typing"]["value"] == pytest.approx(200 / 3)
    [predict, _] = [stage for stage in results["run"]["plan"] if stage["kind"] == "predict"]
    assert predict["params"]["alphabet"] == "latin"


def test_rescore_explain_and_export_read_it(xh, ran, tmp_path):
    before = (ran / "results.json").read_text("utf-8")
    assert xh("rescore", ran)[0] == 0
    assert json.loads((ran / "results.json").read_text("utf-8"))["tasks"] == json.loads(before)["tasks"]
    code, out = xh("explain", ran, "typos", "sw")
    assert code == 0
    assert "words_right" in out
    assert xh("export", ran, "--format", "csv", "--out", tmp_path / "csv")[0] == 0
    with (tmp_path / "csv" / "cells.csv").open(encoding="utf-8") as file:
        assert {(row["language"], row["metric"]) for row in csv.DictReader(file)} == {
            ("en", "words_right"),
            ("sw", "words_right"),
        }
    code, out = xh("export", ran, "--format", "submission", "--out", tmp_path / "official")
    assert "tasks of kind spelling have no official submission format" in out


def test_the_board_and_compare_take_it(xh, ran, tmp_path):
    pytest.importorskip("jinja2")
    assert xh("leaderboard", "build", ran, "--out", tmp_path / "board")[0] == 0
    board = json.loads((tmp_path / "board" / "leaderboard.json").read_text("utf-8"))
    [entry] = board["entries"]
    assert entry["suites"]["typing"]["value"] == pytest.approx(200 / 3)
    assert xh("compare", ran, ran)[0] == 0


def test_list_and_show_name_it(xh):
    assert "spelling" in xh("list", "kinds")[1]
    assert "a word is spelt right" in xh("show", "kind", "spelling")[1]
    assert "needs a model that can correct" in xh("show", "task", "typos")[1]


def test_no_recipe_that_trains_it_is_offered(xh, model, tmp_path, run):
    with pytest.raises(BadRequest, match="adapter 'speller' can correct"):
        run(model=model, tasks=["xnli"], source="mini", registry=Registry.load([FILE], third_parties=False))


def test_a_kind_under_a_name_that_is_taken_is_refused(tmp_path, model, run):
    body = (
        Path(FILE)
        .read_text("utf-8")
        .replace('name="spelling",', 'name="tagging",')
        .replace('("spelling",)', '("tagging",)')
    )
    (tmp_path / "taken.py").write_text(body, encoding="utf-8")
    registry = Registry.load([str(tmp_path / "taken.py")], third_parties=False)
    with pytest.raises(BadRequest, match=r"'typos': its kind 'tagging' is not the declared kind of this name"):
        run(model=model, tasks=["typos"], source="typed", registry=registry)
