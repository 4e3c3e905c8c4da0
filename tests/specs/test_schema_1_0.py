"""Results files of schema 1.0, which an older version wrote, are read by all that reads results."""

from __future__ import annotations

import copy
import csv
import json
import shutil
from pathlib import Path

import jsonschema
import pytest

import xharness.run
from tests.run import glossary
from tests.run.conftest import TOY
from xharness.cli.main import main
from xharness.errors import BadRequest
from xharness.experiment.scores import Scores, gain
from xharness.registry import Registry
from xharness.run.export.rescore import rescore
from xharness.run.records.results import read
from xharness.specs.caveats import GRAVE
from xharness.specs.schema_1_0 import caveat_of

OLD = Path(__file__).parent / "schema_1_0"
PLUGINS = [TOY, str(Path(glossary.__file__))]
SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))


@pytest.fixture
def runs(tmp_path):
    """Return the folder with copies of the old runs `toys`, `translated` and `synthetic`."""
    shutil.copytree(OLD, tmp_path / "old")
    return tmp_path / "old"


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Return what runs a command line with the plugins of the old runs, and gives back what it printed."""
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))
    given = [word for plugin in PLUGINS for word in ("--plugin", plugin)]

    def run(*words, code=0):
        name, *rest = map(str, words)
        commands = {"leaderboard": [name, rest[0], "--no-plugins", *given, *rest[1:]]} if rest else {}
        assert main(commands.get(name, [name, "--no-plugins", *given, *rest])) == code
        return capsys.readouterr().out

    return run


def cells(content):
    return {(cell["task"], cell["language"]): cell for cell in content["cells"]}


@pytest.mark.parametrize("name", ["toys", "translated", "synthetic"])
def test_they_conform_to_schema_1_1_once_they_are_read(name):
    old = json.loads((OLD / name / "results.json").read_text("utf-8"))
    assert old["schema_version"] == "1.0"
    _, content = read(OLD / name)
    jsonschema.validate(content, SCHEMA)
    assert content["schema_version"] == "1.1"
    assert content["run"]["synthetic"] is (name == "synthetic")
    for then, now in zip(old["cells"], content["cells"], strict=True):
        assert [each["text"] for each in now["caveats"]] == then["caveats"]
        assert {key: now[key] for key in then if key != "caveats"} == {
            key: value for key, value in then.items() if key != "caveats"
        }


def test_what_they_say_in_words_has_its_code():
    toys, translated, synthetic = (cells(read(OLD / name)[1]) for name in ("toys", "translated", "synthetic"))
    found = [(each["code"], each["grave"]) for each in toys["toy-tags", "sw"]["caveats"]]
    assert found == [("limited", False), ("oracle_selection", True)]
    assert [each["code"] for each in synthetic["toy-parity", "sw"]["caveats"]] == ["synthetic_data"]
    inputs = {"split": "translated-test", "language": "en", "made": False}
    assert translated["asked", "sw"]["inputs"] == {**inputs, "gold": "inputs"}
    assert translated["parity", "sw"]["inputs"] == {**inputs, "gold": "examples"}
    assert translated["parity", "en"]["inputs"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("made-up examples of source 'mini': no measure of a model", "synthetic_data"),
        ("predicted on a machine translation of the examples into English", "translated_inputs"),
        ("split dev instead of test", "other_split"),
        ("30 examples where the official test set has 7,000", "test_size"),
        ("0 candidates where the official pool has 13,014", "pool_size"),
        ("the threshold was tuned on the evaluated split", "threshold_on_evaluated_split"),
        ("the checkpoint was trained on the evaluated split", "trained_on_evaluated_split"),
        ("the checkpoint was chosen by the evaluated split", "selected_on_evaluated_split"),
        ("the checkpoint was chosen by squad_v1 dev, which shares with the evaluated split: all", "shares_examples"),
        ("trained on more than once: xnli en train (xnli for 5 epochs, xnli for 5 epochs)", "trained_twice"),
        ("finetune on xnli did not leave chance (loss 1.10, guessing 1.10)", "failed_run"),
        ("finetune on a, b begun again, since seed 1 did not leave chance (loss 1.10, guessing 1.10)", "restarted_run"),
        ("finetune on xnli ended within its warm-up, after 90 of 500 steps", "short_warmup"),
        ("odd: it did not leave chance (x)", "unknown"),
        ("", "unknown"),
    ],
)
def test_sentences_of_that_time_are_known(text, code):
    found = caveat_of(text)
    assert (found.code, found.text, found.grave, found.facts) == (code, text, code in GRAVE, {})


def test_explain_shows_their_caveats(command, runs):
    out = command("explain", runs / "translated", "asked", "sw")
    assert "predicted on a machine translation of the examples into English, and scored against its answers" in out


@pytest.mark.parametrize("name", ["toys", "translated"])
def test_they_are_scored_again_with_the_same_numbers_and_saved_as_1_1(command, runs, name):
    before = cells(read(runs / name)[1])
    out = command("rescore", runs / name)
    assert "note: " in out
    after = json.loads((runs / name / "results.json").read_text("utf-8"))
    jsonschema.validate(after, SCHEMA)
    assert cells(after) == {
        place: {**cell, "replicates": cells(after)[place]["replicates"]} for place, cell in before.items()
    }


def test_a_cell_without_gold_is_scored_against_what_its_kind_says(runs):
    """Schema 1.0 said only in the caveat of a score whose gold holds."""
    file = runs / "translated" / "results.json"
    old = json.loads(file.read_text("utf-8"))
    for cell in old["cells"]:
        cell |= {"status": "failed", "metrics": {}, "n": None, "caveats": [], "reason": "DataError: no gold"}
    file.write_text(json.dumps(old), encoding="utf-8")
    _, then = read(runs / "translated")
    jsonschema.validate(then, SCHEMA)
    assert cells(then)["asked", "sw"]["inputs"]["gold"] is None
    _, now = rescore(runs / "translated", Registry.load(PLUGINS, third_parties=False))
    jsonschema.validate(now, SCHEMA)
    assert {place: cell["inputs"] and cell["inputs"]["gold"] for place, cell in cells(now).items()} == {
        ("parity", "en"): None, ("parity", "sw"): "examples", ("asked", "en"): None, ("asked", "sw"): "inputs",
    }  # fmt: skip
    assert {cell["status"] for cell in now["cells"]} == {"ok"}


def test_they_are_exported(command, runs):
    command("export", runs / "toys", "--format", "csv", "--out", runs / "csv")
    [file] = (runs / "csv").rglob("*.csv") if (runs / "csv").is_dir() else [runs / "csv"]
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert {row["caveats"] for row in rows} == {
        "limited to the first 5 examples of each split; "
        "oracle: the checkpoint was chosen by the dev splits of toy-tags in 3 languages"
    }


def test_a_board_takes_them_and_keeps_synthetic_data_apart(command, runs):
    command(
        "leaderboard", "build", runs / "toys", runs / "translated", runs / "synthetic", "--out", runs / "board", code=1
    )
    board = json.loads((runs / "board" / "leaderboard.json").read_text("utf-8"))
    assert board["synthetic"] is False
    assert sorted(entry["recipe"]["name"] for entry in board["entries"]) == ["translate-test", "zero-shot"]
    [line] = board["refused"]
    assert line["file"] == str(runs / "synthetic" / "results.json")
    assert "synthetic" in line["reason"]


def test_two_of_them_are_compared(command, runs):
    shutil.copytree(runs / "toys", runs / "again")
    rows = json.loads(command("compare", runs / "toys", runs / "again", "--json"))["rows"]
    assert [row["difference"] for row in rows if row["language"]] == [0, 0]


def test_answers_to_translations_are_not_paired_with_answers_to_the_examples(runs):
    _, translated = read(runs / "translated")
    for cell in translated["cells"]:
        cell["replicates"] = None
    plain = copy.deepcopy(translated)
    for cell in plain["cells"]:
        cell |= {"inputs": None, "data": {"examples": cell["data"]["examples"]}}
    found = gain(Scores(runs, translated), Scores(runs, plain), "asked")
    assert [(place.language, reason) for place, reason in found.without.items()] == [
        ("sw", "different gold: only one of the scores uses the gold of the translated inputs")
    ]


@pytest.mark.parametrize("change", [{"cells": 3}, {"cells": [{}]}, {"run": None}, {"tasks": {"a": []}}])
def test_a_file_that_is_none_is_refused_in_one_line(runs, change):
    file = runs / "toys" / "results.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **change}), encoding="utf-8")
    with pytest.raises(BadRequest, match=r"is not a results file of schema 1\.0"):
        read(runs / "toys")
