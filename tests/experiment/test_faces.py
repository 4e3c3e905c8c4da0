"""Experiments on the command line: what `run` and `plan` print, and their exit codes."""

from __future__ import annotations

import json

import pytest

from tests.experiment.conftest import TOY
from xharness.cli.main import main

ROWS = """
[[rows]]
name = "{intermediate}"
group = "intermediate tasks"
recipe = "intermediate"
params = { intermediate = ["toy-tags", "hellaswag"] }
"""


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def _command(*words):
        capsys.readouterr()
        code = main([*map(str, words), "--plugin", TOY, "--no-plugins"])
        return code, *capsys.readouterr()

    return _command


def test_run_prints_the_tables_and_where_they_are(write, command, tmp_path):
    code, out, err = command("run", "--config", write(ROWS), "--out", "here")
    assert code == 1
    titles = ("Scores", "Gains over 'plain', in points", "Decomposition of the average gain")
    assert [line for line in out.splitlines() if line in titles] == list(titles)
    assert ["hellaswag", "-", "[1]", "-", "[1]", "-"] in [line.split() for line in out.splitlines()]
    assert "in brackets: 95 % interval over examples only (one seed)" in out
    assert "written to here: table.md, experiment.json, and the run of each row in rows/" in out
    assert err.index("hellaswag cannot be run: ") < err.index("\nplain\n") < err.index("\ntoy-tags\n")
    table = (tmp_path / "here" / "table.md").read_text("utf-8")
    assert table.startswith(
        "# some\n\n## Scores\n\n| row | toy-tags | toy-pairs | average |\n| --- | ---: | ---: | ---: |"
    )


def test_options_narrow_it_and_json_is_the_file(write, command, tmp_path):
    code, out, _ = command(
        "run", "--config", write(), "--out", "here", "--task", "toy-tags", "--lang", "sw", "--seed", 4, "--json"
    )
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "here" / "experiment.json").read_text("utf-8"))
    [row] = json.loads(out)["rows"]
    assert (list(row["targets"]), row["seeds"], row["targets"]["toy-tags"]["cells"]) == (["toy-tags"], [4], 1)


def test_without_out_the_same_rows_have_the_same_folder(write, command, tmp_path):
    for _ in range(2):
        assert command("run", "--config", write())[0] == 0
    assert command("run", "--config", write(), "--lang", "sw")[0] == 0
    folders = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert len(folders) == 2
    assert all(name.startswith("some-") for name in folders)


def test_plan_counts_what_rows_share_once(write, command):
    code, out, _ = command("plan", "--config", write(ROWS))
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    # toy-tags in three languages: a training and a prediction each, and three of toy-pairs from the start
    assert lines[1][:3] == ["plain", "7", "7"]
    # the training is that of the row before; toy-tags upon it, and its vectors
    assert lines[2][:3] == ["toy-tags", "7", "7"]
    assert lines[3] == ["hellaswag", "0", "0", "refused"]
    assert ["in", "all", "14", "14"] in [line[:4] for line in lines]
    assert "shared: finetune on toy-tags serves 2 rows: plain, toy-tags" in out
    assert "row hellaswag cannot be run: " in out
    assert "cannot be trained on 'hellaswag'" in out


def test_plan_says_what_is_there_and_as_json(write, command):
    path = write(ROWS)
    command("run", "--config", path)
    code, out, _ = command("plan", "--config", path, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["total"]["stages"], found["total"]["missing"], found["total"]["tokens"]) == (14, 0, 0)
    assert [row["name"] for row in found["rows"]] == ["plain", "toy-tags", "hellaswag"]
    assert list(found["refused"]) == ["hellaswag"]


def test_dry_run_is_plan(write, command, tmp_path):
    path = write(ROWS)
    assert command("run", "--config", path, "--dry-run")[1] == command("plan", "--config", path)[1]
    assert not (tmp_path / "runs").exists()


def test_a_mistake_is_one_line_and_exit_code_2(write, command):
    code, out, err = command("run", "--config", write(baseline="plan"))
    assert (code, out) == (2, "")
    [line] = err.splitlines()
    assert line.endswith("unknown baseline 'plan'; did you mean plain?")


def test_a_recipe_is_for_rows_to_say(write, command):
    code, _, err = command("run", "--config", write(), "--recipe", "as-is")
    assert code == 2
    [line] = err.splitlines()
    assert line.endswith("--recipe cannot be used with an experiment; set recipe in its rows")


def test_the_folder_of_an_experiment_is_told_from_that_of_a_run(write, command):
    command("run", "--config", write(), "--out", "here", "--task", "toy-tags")
    code, _, err = command("explain", "here", "toy-tags", "sw")
    assert code == 2
    assert err.endswith("run 'here' is an experiment; give the folder of one of its runs: here/rows/NAME\n")
    assert command("explain", "here/rows/plain", "toy-tags", "sw")[0] == 0


def test_plugins_of_the_file_are_loaded(write, tmp_path, capsys):
    path = write(top=f'tasks = ["toy-tags"]\nplugins = ["{TOY}"]')
    assert main(["plan", "--config", str(path), "--no-plugins"]) == 0
    assert "plain" in capsys.readouterr().out
