"""Runs with noises: what is predicted, recorded and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import blot, toy
from xharness import BadRequest
from xharness.registry import Registry
from xharness.run.export.rescore import rescore


@pytest.fixture(scope="module")
def noisy():
    return Registry.load([str(Path(toy.__file__)), str(Path(blot.__file__))], third_parties=False)


def by_place(results):
    return {(cell["language"], (cell["noise"] or {}).get("severity")): cell for cell in results["cells"]}


def timeless(cells):
    return [{**cell, "timing": None} for cell in cells]


def accuracy(cell):
    return cell["metrics"]["accuracy"]["value"]


def changes(folder):
    [file] = (folder / "store").rglob("changes.jsonl")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def predictions(folder, cell):
    return [json.loads(line) for line in (folder / cell["predictions"]).read_text("utf-8").splitlines()]


def test_noised_scores_stand_beside_clean_ones_and_leave_them_as_they_are(run, noisy):
    clean = run(tasks=["toy-parity"], registry=noisy)
    both = run(tasks=["toy-parity"], registry=noisy, out="both", noises=["blot:1,5"])
    cells = by_place(both)
    assert timeless(cell for cell in both["cells"] if not cell["noise"]) == timeless(clean["cells"])
    assert both["tasks"] == clean["tasks"]
    assert accuracy(cells["en", None]) != accuracy(cells["en", 5])
    assert cells["en", 1]["notes"]["noise"]["edits"] < cells["en", 5]["notes"]["noise"]["edits"]
    assert cells["en", 5]["noise"] == {"name": "blot", "severity": 5, "version": 1, "seed": 0}
    assert cells["en", 5]["inputs"] == {"split": "test", "language": "en", "gold": "examples", "made": True}


def test_a_noise_that_does_not_apply_to_a_language_is_skipped_with_the_reason(run, noisy):
    cell = by_place(run(tasks=["toy-parity"], registry=noisy, noises=["blot"]))["zh", 3]
    assert cell["status"] == "skipped"
    assert cell["reason"] == "noise 'blot' does not apply: its letters cannot be blotted"


def test_only_changed_examples_are_predicted_again(run, noisy, tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "log"))
    results = run(tasks=["toy-parity"], languages=["en"], registry=noisy, noises=["blot:1"])
    cells = by_place(results)
    counts = cells["en", 1]["notes"]["noise"]
    assert 0 < counts["changed"] < counts["examples"] == 30
    assert (tmp_path / "log").read_text("utf-8").split().count("classify") == 30 + counts["changed"]
    clean, noised = (predictions(tmp_path / "out", cells["en", severity]) for severity in (None, 1))
    same = set(range(30)) - {change["row"] for change in changes(tmp_path)}
    assert [clean[row] for row in same] == [noised[row] for row in same]


def test_changes_are_kept_with_their_edits(run, noisy, tmp_path):
    run(tasks=["toy-parity"], languages=["en"], registry=noisy, noises=["blot:5"])
    rows = toy.rows(noisy.get("tasks", "toy-parity"), "en", "test")
    for change in changes(tmp_path):
        text = rows[change["row"]]["text"]
        for start, end, after in sorted(change["edits"]["text"], reverse=True):
            text = text[:start] + after + text[end:]
        assert text == change["columns"]["text"] != rows[change["row"]]["text"]


def test_tags_stay_with_their_words(run, noisy, tmp_path):
    cells = by_place(run(tasks=["toy-tags"], languages=["en"], registry=noisy, noises=["blot:5", "join:5"]))
    assert cells["en", 5]["status"] == "skipped"  # the later of the two
    assert "adds or removes words, but each word of 'toy-tags' has a tag" in cells["en", 5]["reason"]
    noised = run(tasks=["toy-tags"], languages=["en"], registry=noisy, noises=["blot:5"], out="blotted")
    rows = predictions(tmp_path / "blotted", by_place(noised)["en", 5])
    assert [len(row["prediction"]) for row in rows] == [6] * 30


@pytest.mark.parametrize("name", ["toy-parity", "toy-tags", "toy-qa", "toy-pairs", "toy-mining", "toy-passages"])
def test_every_kind_is_evaluated_with_a_noise(run, noisy, name):
    columns = ["context"] if name == "toy-qa" else []
    cells = by_place(run(tasks=[name], languages=["sw"], registry=noisy, noises=["blot:5"], noise_columns=columns))
    assert cells["sw", 5]["status"] == "ok", cells["sw", 5]["reason"]
    assert cells["sw", 5]["notes"]["noise"]["changed"] > 0


def test_a_noise_that_changes_no_example_has_no_score(run, noisy):
    cell = by_place(run(tasks=["toy-parity"], languages=["en"], registry=noisy, noises=["nothing"]))["en", 3]
    assert (cell["status"], cell["reason"]) == ("skipped", "noise 'nothing' at severity 3 changes none of the examples")


def test_a_broken_noise_fails_its_own_cells_alone(run, noisy):
    cells = by_place(run(tasks=["toy-parity"], languages=["en"], registry=noisy, noises=["broken"]))
    assert cells["en", None]["status"] == "ok"
    assert cells["en", 3]["status"] == "failed"
    assert "noise 'broken' on en text 0: it changes protected characters" in cells["en", 3]["reason"]


def test_a_noised_run_is_scored_again_to_the_same_records(run, noisy, tmp_path):
    before = run(tasks=["toy-parity"], registry=noisy, noises=["blot:1,5"])
    _, after = rescore(tmp_path / "out", noisy)
    assert after["cells"] == before["cells"]


def test_worker_processes_make_the_same_scores(run, noisy):
    wishes = {"tasks": ["toy-parity"], "registry": noisy, "noises": ["blot:5"]}
    here = run(**wishes)
    there = run(**wishes, out="there", executor="processes", workers=2, seeds=[1])
    assert timeless(there["cells"]) == timeless(here["cells"])


@pytest.mark.parametrize(
    ("noises", "more", "message"),
    [
        (["blott"], {}, "unknown noise 'blott'.*blot"),
        (["blot:9"], {}, "severity 9 is not one of 1, 2, 3, 4, 5"),
        (["blot:3:rat=1"], {}, "parameter 'rat' of noise 'blot'"),
        (["blot:3:rate"], {}, "unknown noise 'blot:3:rate'"),
        ([], {"noise_seeds": [1]}, "need a noise"),
        (["blot"], {"noise_seeds": [1, 1]}, "different whole numbers"),
        (["blot"], {"noise_columns": ["label"]}, "unknown column 'label' of kind classification"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(run, noisy, noises, more, message, tmp_path):
    with pytest.raises(BadRequest, match=message):
        run(tasks=["toy-parity"], registry=noisy, noises=noises, **more)
    assert not (tmp_path / "out").exists()
