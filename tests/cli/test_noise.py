"""Noises on the command line: lists, examples, plans, explanations, and frozen sets."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil

import jsonschema
import pytest

from tests.cli.conftest import words
from tests.cli.test_run import SCHEMA
from xharness_plugins.noises import NOISES

TASKS = ("xnli", "udpos", "xquad", "tatoeba")


@pytest.fixture(scope="module")
def swapped(tmp_path_factory, finished, checkpoint, data):
    """Return a run of four tasks with a noise."""
    from xharness.cli.main import main

    folder = tmp_path_factory.mktemp("noised")
    shutil.copytree(finished / "store", folder / "store")
    asked = [*words(checkpoint, data, *TASKS), "--noise", "char_swap:1,5", "--store", folder / "store"]
    assert main(["run", "--no-plugins", *map(str, asked), "--out", str(folder / "run")]) == 0
    return folder


def scores(folder, severity):
    """Return the metrics of the cells at a severity, None for those without noise."""
    cells = json.loads((folder / "results.json").read_text("utf-8"))["cells"]
    return {
        (cell["task"], cell["language"]): cell["metrics"]
        for cell in cells
        if (cell["noise"] or {"severity": None})["severity"] == severity
    }


def test_a_run_with_noise_follows_the_schema_and_has_each_number(swapped):
    results = json.loads((swapped / "run" / "results.json").read_text("utf-8"))
    jsonschema.validate(results, SCHEMA)
    rows = results["robustness"]["noises"]
    assert {(row["task"], row["noise"]["severity"]) for row in rows} == {(task, s) for task in TASKS for s in (1, 5)}
    for row in rows:
        assert row["average"]["effective"] is not None
        assert row["average"]["ci95"][0] <= row["average"]["drop"] <= row["average"]["ci95"][1]
        assert (row["average"]["harm"] is None) == (row["task"] == "udpos")
    assert set(scores(swapped / "run", None)) >= set(scores(swapped / "run", 5))


def test_the_frozen_set_gives_the_scores_of_the_run_with_noise(command, swapped, checkpoint, data, tmp_path):
    frozen = tmp_path / "frozen"
    done = command(
        "noise", "write", *TASKS, "--noise", "char_swap:5", "--source", "local", "--data", data, "--out", frozen,
        *[word for code in ("en", "de", "es") for word in ("--lang", code)],
    )  # fmt: skip
    assert done.code == 0, done.err
    manifest = json.loads((frozen / "manifest.json").read_text("utf-8"))
    for entry in manifest["files"]:
        assert hashlib.sha256((frozen / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    assert {entry["layout"] for entry in manifest["files"] if entry["task"] == "xnli"} == {"XTREME download"}
    for file in [*data.glob("*/train-*"), *data.glob("*/dev-*")]:
        target = frozen / file.relative_to(data)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(file, target)
    asked = [*words(checkpoint, frozen, *TASKS), "--store", swapped / "store"]
    assert command("run", *asked, "--out", "again").code == 0
    noisy, again = scores(swapped / "run", 5), scores(tmp_path / "again", None)
    assert again == noisy
    assert again != scores(swapped / "run", None)


def test_a_frozen_set_is_the_same_each_time(command, tmp_path):
    for name in ("one", "two"):
        asked = ("xcopa", "--lang", "sw")
        assert command("noise", "write", *asked, "--noise", "char_swap", "--source", "mini", "--out", name).code == 0
    one, two = ((tmp_path / name / "manifest.json").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--noise", "char_swap:1,3"), "a frozen set has one noise at one severity"),
        (("--noise", "char_swap:3:search=greedy"), "a search needs a model, so it cannot make a frozen set"),
        (("--noise", "char_swop"), "did you mean char_swap"),
        (("--noise", "char_swap", "--lang", "xx"), "xx"),
        (("--noise", "char_swap", "--data", "nowhere"), "no such folder"),
    ],
)
def test_a_wrong_frozen_set_is_refused(command, more, problem):
    assert problem in command("noise", "write", "xnli", "--source", "mini", "--out", "out", *more).refused()


def test_a_folder_with_files_takes_no_frozen_set(command, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "own.txt").touch()
    asked = ("noise", "write", "xnli", "--noise", "char_swap", "--source", "mini", "--out", "out")
    assert "not empty" in command(*asked).refused()


def test_noises_are_listed_and_shown_with_examples(command):
    listed = command("list", "noises", "--json").json()
    assert {row["name"] for row in listed} == {noise.name for noise in NOISES}
    assert {"family", "languages", "core"} <= listed[0].keys()
    shown = command("show", "noise", "char_swap", "--lang", "Swahili", "--json").json()["examples"]
    assert shown["language"] == "sw"
    for each in shown["texts"]:
        assert sorted(each["clean"]) == sorted(each["5"])
        assert list(each) == ["clean", "1", "3", "5"]
    assert any(each["clean"] != each["5"] for each in shown["texts"])
    text = command("show", "noise", "char_swap", "--lang", "sw").out
    assert f"  at 5   {shown['texts'][0]['5']}\n" in text


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (("noise", "char_swap", "--lang", "klingon"), "klingon"),
        (("task", "xnli", "--lang", "sw"), "only noises and prompts have examples"),
    ],
)
def test_examples_that_there_are_not_are_refused(command, asked, problem):
    assert problem in command("show", *asked).refused()


def test_a_plan_groups_the_stages_of_noises(command, checkpoint, data):
    asked = words(checkpoint, data, "xnli", "tatoeba")
    lines = command("plan", *asked, "--noise", "char_swap:1,3,5").out.splitlines()
    assert "cells  5, and 15 with noise" in lines[1]
    assert sum(line.startswith("noise") for line in lines) == 2
    assert sum("with noise char_swap at 3 severities" in line for line in lines) == 4
    one = command("plan", *asked, "--noise", "char_swap").out
    assert "with noise char_swap:3" in one


def test_a_noisy_number_is_explained(command, swapped):
    found = command("explain", swapped / "run", "xnli", "de", "--noise", "char_swap:5", "--json").json()
    assert found["noise"]["severity"] == 5
    assert found["noise"]["effective"] <= found["noise"]["changed"] <= 12
    assert any("noise" in title for title in found if title.startswith("stage"))
    clean = command("explain", swapped / "run", "xnli", "de", "--json").json()
    assert "noise" not in clean
    refused = command("explain", swapped / "run", "xnli", "de", "--noise", "char_swap:2").refused()
    assert "char_swap:1" in refused


def test_csv_has_the_noise_of_each_score(command, swapped, tmp_path):
    assert command("export", swapped / "run", "--format", "csv", "--out", "csv").code == 0
    [file] = (tmp_path / "csv").iterdir()
    with file.open(encoding="utf-8", newline="") as lines:
        found = [json.loads(row["noise"])["severity"] for row in csv.DictReader(lines) if row["noise"]]
    assert set(found) == {1, 5}


def test_the_risk_for_labels_names_languages(command):
    out = " ".join(command("show", "noise", "mark_strip").out.split())
    assert "low; high in Vietnamese (vi) and Yoruba (yo), where core leaves it out: how likely labels no" in out
    assert command("show", "noise", "mark_strip", "--json").json()["label_risks"] == {"vi": "high", "yo": "high"}
