"""`xharness leaderboard build` on real runs of the toy model: what is printed, written, refused and left alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests import toy
from tests.leaderboard import made
from xharness import api
from xharness.cli.main import main
from xharness.registry import Registry
from xharness_leaderboard import commands, validation, writing

TOY = str(Path(toy.__file__))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the folders of two real runs of a suite, with two seeds and with one, and of one of its tasks alone."""
    folder = tmp_path_factory.mktemp("runs")
    registry = Registry.load([TOY], third_parties=False)
    wishes = {"source": "toy", "dtype": "float32", "suite": "toys"}
    for name, more in (("two", {"seeds": [1, 2]}), ("other", {}), ("part", {"suite": None, "tasks": ["toy-pairs"]})):
        given = {**wishes, "model": str(toy.checkpoint(folder / f"model-{name}")), **more}
        api.run(api.build(given), registry=registry, out=folder / name, store=folder / "store")
    return folder


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Return what runs `leaderboard build` in `tmp_path`; it returns the exit code, output and errors."""
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.chdir(tmp_path)

    def run(*words):
        capsys.readouterr()
        code = main(["leaderboard", "build", *map(str, words), "--plugin", TOY])
        return code, *capsys.readouterr()

    return run


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_real_runs_become_a_board(runs, command, tmp_path):
    code, out, err = command(runs / "two", runs / "other", runs / "part", "--title", "Ours")
    assert (code, err) == (0, "")
    assert "page: leaderboard/index.html" in out
    trained, embedded, *_ = (block.splitlines() for block in out.split("\n\n"))
    assert trained[0].split()[:4] == ["rank", "model", "recipe", "approach"]
    assert [row.split()[0] for row in trained[1:]] == ["1", "1"]  # the two models learn the same
    assert embedded[1].split()[0] == "-"
    board = validation.read(tmp_path / "leaderboard" / "leaderboard.json")
    assert (board["title"], len(board["entries"]), list(board["suites"])) == ("Ours", 3, ["toys"])
    for entry in board["entries"]:
        name = Path(entry["model"]["reference"]).name.removeprefix("model-")
        results = json.loads((runs / name / "results.json").read_text("utf-8"))
        for task, found in results["tasks"].items():
            if task in entry["tasks"]:
                assert entry["tasks"][task]["value"] == pytest.approx(found["value"])
        if results["suites"]:
            assert entry["suites"]["toys"]["value"] == pytest.approx(results["suites"]["toys"]["value"])
            low, high = entry["suites"]["toys"]["ci95"]
            assert low <= entry["suites"]["toys"]["value"] <= high
    schema = (tmp_path / "leaderboard" / "leaderboard.schema.json").read_bytes()
    assert schema == validation.SCHEMA.read_bytes()


def test_the_same_runs_in_another_order_write_the_same_bytes(runs, command, tmp_path):
    assert command(runs / "two", runs / "other", "--out", "a")[0] == 0
    assert command(runs / "other" / "results.json", runs / "two", runs / "two", "--out", "b")[0] == 0
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_one_table_is_asked_for(runs, command, tmp_path):
    code, out, _ = command(runs / "two", runs / "part", "--one-table")
    assert code == 0 and "approaches are ranked together (--one-table)" in out
    assert [row.split()[0] for row in out.splitlines()[1:3]] == ["1", "-"]
    assert validation.read(tmp_path / "leaderboard" / "leaderboard.json")["one_table"] is True


def test_json_is_the_file(runs, command, tmp_path):
    code, out, _ = command(runs / "other", "--json", "--out", "board")
    assert code == 0
    assert out == (tmp_path / "board" / "leaderboard.json").read_text("utf-8")


def test_bad_runs_are_named_and_the_rest_is_built(runs, command, tmp_path):
    made.save(tmp_path / "bad", "{")
    code, out, err = command("bad", runs / "other")
    assert code == 1
    assert err == (
        "xharness: refused: bad/results.json: line 1: not JSON: Expecting property name enclosed in double quotes\n"
    )
    assert "1 file refused" in out
    assert (tmp_path / "leaderboard" / "index.html").is_file()
    code, out, err = command("bad", "--out", "none")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "run 'nowhere': no results.json"),
        (("RUN", "--out", "taken"), "--out 'taken': the folder contains other files"),
        (("RUN", "--out", "taken/mine.txt"), "--out 'taken/mine.txt': is a file"),
        (("RUN", "--reference", "nobody"), "--reference 'nobody': not an entry with scores under noise"),
        (("RUN", "--titel", "x"), "unknown argument '--titel'; did you mean --title"),
    ],
)
def test_a_bad_request_writes_nothing(runs, command, tmp_path, words, said):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    code, out, err = command(*(runs / "other" if word == "RUN" else word for word in words))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert files(tmp_path) == {"taken/mine.txt": b"mine"}


def test_building_again_replaces_the_board_and_nothing_else(runs, command, tmp_path):
    assert command(runs / "two", runs / "other", "--out", "board")[0] == 0
    before = files(tmp_path / "board")
    (tmp_path / "board" / "notes.txt").write_text("mine")
    assert command(runs / "other", "--out", "board")[0] == 0
    after = files(tmp_path / "board")
    assert after.pop("notes.txt") == b"mine"
    assert after["leaderboard.json"] != before["leaderboard.json"]
    assert len([name for name in after if name.startswith("models/")]) == 1
    assert command(runs / "two", runs / "other", "--out", "board")[0] == 0
    assert files(tmp_path / "board") == {**before, "notes.txt": b"mine"}


def test_a_board_that_cannot_be_saved_leaves_the_old_one(runs, command, tmp_path, monkeypatch):
    assert command(runs / "other", "--out", "board")[0] == 0
    before = files(tmp_path / "board")

    def full(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.shutil, "copyfile", full)
    code, out, err = command(runs / "two", "--out", "board")
    assert (code, out) == (1, "")
    assert err == "xharness: cannot save the board in board: No space left on device\n"
    assert files(tmp_path / "board") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (KeyError("title"), "KeyError: 'title'"),
        (RecursionError("too deep"), "RecursionError: too deep"),
    ],
)
def test_a_page_that_fails_does_not_take_the_json_with_it(runs, command, tmp_path, monkeypatch, error, reason):
    def broken(board, folder):
        (folder / "index.html").write_text("half")
        raise error

    monkeypatch.setattr(writing, "write_site", broken)
    said = f"xharness: board/leaderboard.json is written, but its page is not: {reason}"
    code, out, err = command(runs / "two", runs / "other", "--out", "board")
    assert (code, err) == (1, f"{said}\n")
    assert "2 entries" in out and "page: none" in out
    assert sorted(files(tmp_path / "board")) == ["leaderboard.json", "leaderboard.schema.json"]
    assert len(validation.read(tmp_path / "board" / "leaderboard.json")["entries"]) == 2
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert command(runs / "two", "--out", "board")[0] == 0
    page = files(tmp_path / "board")["index.html"]
    monkeypatch.setattr(writing, "write_site", broken)
    code, _, err = command(runs / "other", "--out", "board")
    assert (code, err) == (1, f"{said}; index.html in the folder is from an earlier build\n")
    assert files(tmp_path / "board")["index.html"] == page


def test_two_runs_that_contradict_each_other_are_a_page_with_a_conflict(runs, command, tmp_path):
    shutil.copytree(runs / "other", tmp_path / "again")
    file = tmp_path / "again" / "results.json"
    what = json.loads(file.read_text("utf-8"))
    scored = next(cell for cell in what["cells"] if cell["metrics"])
    metric = next(iter(scored["metrics"].values()))
    metric["value"] = metric["value"] - 1 if metric["value"] > 1 else 2.0
    file.write_text(json.dumps(what), "utf-8")
    code, out, err = command("again", runs / "other", "--out", "board")
    assert (code, err) == (0, "")
    assert "1 conflict" in out
    page = files(tmp_path / "board")["index.html"].decode()
    assert f"<code>again/results.json</code> {metric['value']:.2f}" in page


def test_what_a_killed_build_left_goes(runs, command, tmp_path):
    (tmp_path / "board" / ".new-left").mkdir(parents=True)
    (tmp_path / "board" / ".new-left" / "index.html").write_text("half")
    assert command(runs / "other", "--out", "board")[0] == 0
    assert not list((tmp_path / "board").glob(".new-*"))


def test_what_must_be_installed_is_said(runs, command, monkeypatch):
    monkeypatch.setattr(commands, "_NEEDS", ("json", "a_package_that_there_is_not"))
    code, out, err = command(runs / "other")
    assert (code, out) == (2, "")
    assert err == (
        "xharness: a leaderboard needs the package a_package_that_there_is_not; run: pip install 'xharness[site]'\n"
    )


def test_hostile_names_stay_inside_the_folder_and_are_no_markup(runs, command, tmp_path):
    shutil.copytree(runs / "other", tmp_path / "run")
    file = tmp_path / "run" / "results.json"
    what = json.loads(file.read_text("utf-8"))
    what["run"]["model"]["reference"] = "../../<script>alert(1)</script>"
    file.write_text(json.dumps(what), "utf-8")
    assert command("run", "--out", "board")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board", "run"]
    for name, content in files(tmp_path / "board").items():
        if name.endswith(".html"):
            assert b"<script>alert" not in content


MINE = """
from xharness import Suite, hookimpl

@hookimpl
def xharness_suites():
    yield Suite(
        name="mine",
        tasks={"toy-tags": ("sw", "zh"), "toy-parity": (), "toy-pairs": ("en",)},
        groups={"words": ("toy-tags", "toy-parity")},
        weights={"words": 3, "toy-pairs": 1},
    )
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    return "--plugin", tmp_path / "mine.py"


def test_a_suite_of_ones_own_is_ranked_by_its_own_average(runs, command, mine, tmp_path):
    code, out, err = command(runs / "two", runs / "other", runs / "part", "--suite", "mine", *mine)
    assert (code, err) == (0, "")
    board = validation.read(tmp_path / "leaderboard" / "leaderboard.json")
    assert list(board["suites"]) == ["mine"]
    assert board["suites"]["mine"]["weights"] == {"words": 3, "toy-pairs": 1}
    assert list(board["tasks"]) == ["toy-pairs", "toy-parity", "toy-tags"]
    scored = [entry for entry in board["entries"] if entry["suites"]["mine"]["complete"]]
    assert sorted(entry["suites"]["mine"]["rank"] for entry in scored) == [1, 1]
    for entry in scored:
        own, cells = entry["suites"]["mine"], entry["cells"]
        tags = (cells["toy-tags"]["sw"]["value"] + cells["toy-tags"]["zh"]["value"]) / 2
        parity = sum(cell["value"] for cell in cells["toy-parity"].values()) / 3
        assert own["value"] == pytest.approx(0.75 * (tags + parity) / 2 + 0.25 * cells["toy-pairs"]["en"]["value"])
        low, high = own["ci95"]
        assert low < own["value"] < high
    assert len(board["comparisons"]["mine"]) == 1
    (reason,) = [line for line in out.splitlines() if line.startswith("not ranked: ")]
    assert reason.endswith(": toy-tags was not run; toy-parity was not run")
    page = (tmp_path / "leaderboard" / "index.html").read_text("utf-8")
    assert "weighted mean (words 3, toy-pairs 1)" in page
    assert "not ranked: toy-tags was not run; toy-parity was not run" in page


def test_a_run_of_a_suite_of_ones_own_has_the_value_of_the_board(runs, command, mine, tmp_path):
    registry = Registry.load([TOY, str(mine[1])], third_parties=False)
    request = api.build({"model": str(runs / "model-other"), "source": "toy", "dtype": "float32", "suite": "mine"})
    results = api.run(request, registry=registry, out=tmp_path / "own", store=runs / "store")
    assert command(tmp_path / "own", *mine)[0] == 0
    (entry,) = validation.read(tmp_path / "leaderboard" / "leaderboard.json")["entries"]
    assert entry["suites"]["mine"]["value"] == pytest.approx(results["suites"]["mine"]["value"])
    assert results["suites"]["mine"]["value"] is not None


def test_a_board_of_any_tasks_ranks_their_mean(runs, command, tmp_path):
    code, out, err = command(runs / "two", runs / "part", "--task", "toy-pairs", "--task", "toy-parity")
    assert (code, err) == (0, "")
    board = validation.read(tmp_path / "leaderboard" / "leaderboard.json")
    assert list(board["suites"]) == ["selected tasks"]
    assert list(board["tasks"]) == ["toy-pairs", "toy-parity"]
    ranked = next(entry for entry in board["entries"] if entry["seeds"] == [1, 2])
    tasks = [ranked["tasks"][name]["value"] for name in ("toy-pairs", "toy-parity")]
    assert ranked["suites"]["selected tasks"]["value"] == pytest.approx(sum(tasks) / 2)
    assert ranked["suites"]["selected tasks"]["rank"] == 1
    assert "toy-parity was not run" in out
    assert "100.0" in next(line for line in out.splitlines() if "model-part" in line)
    assert command(runs / "two", "--suite", "toys", "--task", "toy-passages")[0] == 0
    assert list(validation.read(tmp_path / "leaderboard" / "leaderboard.json")["suites"]) == ["selected tasks", "toys"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--suite", "toyss"), "unknown suite 'toyss'; did you mean toys"),
        (("--task", "toy-pair"), "unknown task 'toy-pair'; did you mean toy-pairs"),
        (("--task", "wikipedia"), "task 'wikipedia' is only for training and has no score"),
    ],
)
def test_an_unknown_suite_or_task_is_refused(runs, command, tmp_path, words, said):
    code, _, err = command(runs / "other", *words)
    assert code == 2
    assert said in err
    assert files(tmp_path) == {}
