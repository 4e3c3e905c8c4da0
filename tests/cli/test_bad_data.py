"""Data files that are not as they should be: only the cells that need them fail, with file and line as the reason."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.conftest import words

OTHER = {"udpos": "xnli", "xnli": "udpos", "xquad": "udpos", "tatoeba": "udpos", "bucc2018": "udpos"}


@pytest.fixture
def own(data, tmp_path):
    """Return a copy of the small files, to be spoilt."""
    return shutil.copytree(data, tmp_path / "data")


@pytest.fixture
def states(command, warm, checkpoint, own, tmp_path):
    """Return what runs tasks on the spoilt files and gives each cell's (status, reason)."""

    def run(*tasks):
        done = command("run", *words(checkpoint, own, *tasks), "--out", "out", "--store", warm / "store")
        results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
        found = {(cell["task"], cell["language"]): (cell["status"], cell["reason"]) for cell in results["cells"]}
        assert done.code == 1
        for status, reason in found.values():
            assert status == "ok" or reason.splitlines()[0] in done.out
        assert "Traceback" not in done.err
        return found

    return run


def edit(path, number, line):
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = line
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("name", "number", "line", "problem"),
    [
        ("udpos/test-de.tsv", 3, b"Haus\tNOUN\tx\n", "expected 2 columns (word, tag), got 3"),
        ("udpos/test-de.tsv", 5, b"Haus\tNOMEN\n", "unknown label 'NOMEN', expected one of ADJ, ADP"),
        ("udpos/test-de.tsv", 5, b"H\xe4us\tNOUN\n", "byte 2 of the line (0xe4) is not UTF-8"),
        ("udpos/test-de.tsv", 5, b"Haus\n", "expected 2 columns (word, tag), got 1"),
        ("xnli/test-de.tsv", 2, b"a\tb\tc\td\n", "expected 3 columns (sentence1, sentence2, label), got 4"),
        ("xnli/test-de.tsv", 2, b"a\tb\tmaybe\n", "unknown label 'maybe', expected one of contradiction"),
        ("xquad/xquad.de.json", 1, b'{"data": [', "not JSON: Expecting value"),
        ("tatoeba/v1/tatoeba.deu-eng.deu", 4, b"\xff\n", "byte 1 of the line (0xff) is not UTF-8"),
        ("bucc2018/de-en.training.de", 2, b"de-000000002\n", "expected 2 columns (id, sentence), got 1"),
        ("bucc2018/de-en.training.gold", 3, b"de-7777\ten-1\n", "id 'de-7777' is not in de-en.training.de"),
    ],
)
def test_one_line_that_is_wrong(states, own, name, number, line, problem):
    edit(own / name, number, line)
    task = name.partition("/")[0]
    found = states(task, OTHER[task])
    status, reason = found.pop((task, "de"))
    assert status == "failed"
    assert reason.startswith(f"{own / name}:{number}: {problem}")
    assert set(found.values()) == {("ok", None)}


@pytest.mark.parametrize("name", ["udpos/test-de.tsv", "xnli/test-de.tsv", "tatoeba/v1/tatoeba.deu-eng.deu"])
def test_an_empty_file_and_a_missing_one(states, own, name):
    task = name.partition("/")[0]
    (own / name).write_bytes(b"")
    found = states(task, OTHER[task])
    assert (own / name).name in found[task, "de"][1]
    assert [status for status, _ in found.values()].count("failed") == 1
    (own / name).unlink()
    found = states(task, OTHER[task])
    assert found[task, "de"][1].startswith(f"{task} de test: no files below {own}; expected one of ")
    assert [status for status, _ in found.values()].count("failed") == 1


def test_a_training_file_that_is_wrong_fails_its_task_alone(states, own):
    edit(own / "xnli/train-en.tsv", 7, b"a\tb\tmaybe\n")
    found = states("xnli", "udpos")
    reasons = {reason for (task, _), (_, reason) in found.items() if task == "xnli"}
    [reason] = reasons
    assert reason.startswith(f"{own / 'xnli/train-en.tsv'}:7: unknown label 'maybe'")
    assert {status for (task, _), (status, _) in found.items() if task == "udpos"} == {"ok"}


def test_lone_surrogates_and_whole_numbers_as_ids_fail_no_cell(command, warm, checkpoint, own, tmp_path):
    path = own / "xquad" / "xquad.de.json"
    content = json.loads(path.read_text("utf-8"))
    questions = [each for article in content["data"] for part in article["paragraphs"] for each in part["qas"]]
    for number, each in enumerate(questions):
        each["id"] = number
    questions[2]["question"] += "\ud83d"
    path.write_text(json.dumps(content), encoding="utf-8")
    done = command("run", *words(checkpoint, own, "xquad"), "--out", "out", "--store", warm / "store")
    assert done.code == 0, done.err
    cells = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["cells"]
    texts = {cell["language"]: [each["text"] for each in cell["caveats"]] for cell in cells}
    said = f"xquad de test ({path}): lone surrogates were replaced by U+FFFD in 1 row: 2 (from 0)"
    assert [code for code, found in texts.items() if said in found] == ["de"]
    predicted = next(cell["predictions"] for cell in cells if cell["language"] == "de")
    rows = [json.loads(line) for line in (tmp_path / "out" / predicted).read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [str(number) for number in range(len(questions))]


def test_a_file_that_was_mended_is_read_again(command, warm, checkpoint, own):
    asked = words(checkpoint, own, "udpos")
    path = own / "udpos/test-de.tsv"
    whole = path.read_bytes()
    edit(path, 3, b"x\ty\tz\n")
    assert command("run", *asked, "--out", "out", "--store", warm / "store").code == 1
    path.write_bytes(whole)
    done = command("run", *asked, "--out", "out", "--store", warm / "store")
    assert (done.code, done.err) == (0, "3 cells, 3 of them cached\n")


def test_cells_that_cannot_run_do_not_count_as_served(command, checkpoint, data, tmp_path):
    (tmp_path / "empty").mkdir()
    done = command("run", *words(checkpoint, tmp_path / "empty", "udpos"), "--out", "out")
    assert (done.code, done.err) == (1, "no cell can be run\n")
