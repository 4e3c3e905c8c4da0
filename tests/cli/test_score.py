"""`xharness score` from the command line."""

from __future__ import annotations

import json

import pytest

from xharness.cli.main import main

PLUGIN = """
from xharness import Classification, SpanQA, Suite, hookimpl

@hookimpl
def xharness_tasks():
    yield Classification(name="nli", languages=("en", "sw"), labels=("yes", "no"))
    yield SpanQA(name="qa", languages=("en",))

@hookimpl
def xharness_suites():
    yield Suite(name="tiny", tasks={"nli": (), "qa": ()}, groups={"pairs": ("nli",)})
"""
GOLD = {"data": [{"paragraphs": [{"qas": [{"id": "q1", "answers": [{"text": "cat"}]}]}]}]}


@pytest.fixture
def words(tmp_path, monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    (tmp_path / "tiny.py").write_text(PLUGIN, encoding="utf-8")
    for side in ("predictions", "labels"):
        for language in ("en", "sw"):
            path = tmp_path / side / "nli" / f"test-{language}.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("yes\nno\nyes\nno\n" if side == "labels" else "yes\nno\nyes\nyes\n", encoding="utf-8")
        (tmp_path / side / "qa").mkdir()
    (tmp_path / "labels/qa/test-en.json").write_text(json.dumps(GOLD), encoding="utf-8")
    (tmp_path / "predictions/qa/test-en.json").write_text('{"q1": "The cat"}', encoding="utf-8")
    folders = ["--predictions", str(tmp_path / "predictions"), "--labels", str(tmp_path / "labels")]
    return ["score", "--plugin", str(tmp_path / "tiny.py"), "--suite", "tiny", *folders]


def test_a_complete_submission(words, tmp_path, capsys):
    out = tmp_path / "scores.json"
    assert main([*words, "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines() == [
        "nli (accuracy): 75.0",
        "          mean    en    sw",
        "accuracy  75.0  75.0  75.0",
        "",
        "qa (squad): 100.0",
        "              mean     en",
        "exact_match  100.0  100.0",
        "f1           100.0  100.0",
        "",
        "tiny: 87.5",
        "pairs: 75.0",
    ]
    content = json.loads(out.read_text("utf-8"))
    assert list(content) == ["all_task", "pairs", "nli", "qa", "report"]
    assert content["all_task"] == 87.5
    assert content["nli"] == {"accuracy": {"en": 75.0, "sw": 75.0}, "avg_accuracy": 75.0, "avg_metric": 75.0}
    assert content["report"]["complete"]


def test_json_on_standard_output_is_all_there_is(words, capsys):
    assert main([*words, "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 75.0


def test_an_incomplete_submission_says_what_is_missing(words, tmp_path, capsys):
    (tmp_path / "predictions/nli/test-sw.tsv").unlink()
    (tmp_path / "predictions/qa/test-en.json").write_text("{}", encoding="utf-8")
    out = tmp_path / "scores.json"
    assert main([*words, "--json", str(out)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "nli (accuracy): no average, 1 of 2 languages missing",
        "          mean    en",
        "accuracy     -  75.0",
    ]
    assert lines[lines.index("task  score  languages  missing") :][:3] == [
        "task  score  languages  missing",
        "nli       -     1 of 2  sw",
        "qa      0.0     1 of 1",
    ]
    assert "tiny: no score, incomplete: nli" in lines
    assert lines[lines.index("not scored:") + 1] == "  nli sw: no file test-sw.tsv in the predictions"
    assert lines[lines.index("remarks:") + 1] == "  qa en: 1 question without a prediction, scored 0: 'q1'"
    content = json.loads(out.read_text("utf-8"))
    assert content["nli"] == {"accuracy": {"en": 75.0}}
    assert "all_task" not in content


def test_a_file_that_cannot_be_scored_is_marked(words, tmp_path, capsys):
    (tmp_path / "predictions/nli/test-sw.tsv").write_text("yes\n", encoding="utf-8")
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "accuracy     -  75.0  FAIL" in printed
    assert "  nli sw: 1 predictions but 4 in the gold; the numbers must be equal" in printed


def test_a_task_without_a_folder_is_wholly_missing(words, tmp_path, capsys):
    for side in ("predictions", "labels"):
        (tmp_path / side / "qa" / "test-en.json").unlink()
        (tmp_path / side / "qa").rmdir()
    assert main(words) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "qa        -     0 of 1  the whole task" in lines
    assert "  qa: no folder 'qa' in the predictions and the labels" in lines


def test_strict_scores_what_the_official_evaluator_scores(words, tmp_path, capsys):
    (tmp_path / "predictions/qa/test-en.json").unlink()
    (tmp_path / "predictions/qa").rmdir()
    assert main([*words, "--strict", "--json", "-"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert list(content) == ["pairs", "nli", "report"]
    assert main([*words, "--strict"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "nli (accuracy): 75.0",
        "          mean    en    sw",
        "accuracy  75.0  75.0  75.0",
        "",
        "pairs: 75.0",
    ]


def test_strict_stops_at_the_first_file_that_is_missing_and_writes_nothing(words, tmp_path, capsys):
    (tmp_path / "predictions/nli/test-sw.tsv").unlink()
    out = tmp_path / "scores.json"
    assert main([*words, "--strict", "--json", str(out)]) == 1
    captured = capsys.readouterr()
    assert (captured.out, out.exists()) == ("", False)
    [line] = captured.err.splitlines()
    assert line == (
        "xharness: nli sw: no file test-sw.tsv in the predictions; the official evaluator stops here; omit "
        "--strict to score the rest"
    )


def test_the_official_groups_stand_beside_the_published_ones(words, tmp_path, capsys):
    own = 'groups={"pairs": ("nli",)}, official_groups={"pairs": ("nli",), "answers": ("qa",)}'
    (tmp_path / "tiny.py").write_text(PLUGIN.replace('groups={"pairs": ("nli",)}', own), encoding="utf-8")
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("tiny: 87.5") :] == [
        "tiny: 87.5",
        "pairs: 75.0",
        "",
        "with the groups of the official evaluator:",
        "  answers: 100.0",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--labels", "nowhere"], "--labels 'nowhere': no such folder"),
        (["--predictions", "."], "--predictions '.': no sub-folder is named after a task of 'tiny': nli, qa"),
        (["--suite", "tny"], "unknown suite 'tny'; did you mean tiny?"),
        (["--json", "no/such/folder/x.json"], "--json 'no/such/folder/x.json': must be a file in an existing folder"),
    ],
)
def test_a_bad_request_is_one_line_and_exit_code_2(words, change, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*words, *change]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith(f"xharness: {message}")
