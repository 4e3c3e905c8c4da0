"""A run exported as a submission with labels, and scored from there to the same numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import pytest

import xharness.run
from tests import toy
from xharness import BadRequest
from xharness.run.export.export import export
from xharness.specs.suites import Suite
from xharness.submission.scoring import score_submission

TASKS = ("toy-tags", "toy-parity", "toy-qa", "toy-pairs", "toy-mining", "toy-passages")
SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))
SUITE = Suite(name="all", tasks=dict.fromkeys(TASKS, ()))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def scored(registry, predictions, labels):
    tasks = {name: registry.get("tasks", name) for name in TASKS}
    metrics = {name: registry.get("metrics", name) for name in registry.names("metrics")}
    return score_submission(SUITE, tasks, metrics, predictions, labels)


def rewritten(out, change):
    """Change the content of a run's results.json."""
    file = out / "results.json"
    results = json.loads(file.read_text("utf-8"))
    change(results)
    file.write_text(json.dumps(results), encoding="utf-8")


@pytest.mark.parametrize("limit", [None, 10])
def test_a_run_is_scored_from_its_submission_to_the_same_numbers(run, registry, tmp_path, out, limit):
    results = run(tasks=list(TASKS), limit=limit)
    for form in ("submission", "labels"):
        done = export(out, form, tmp_path / form, registry)
        assert (len(done.files), done.missing) == (17, ())
        assert all(file.is_relative_to(tmp_path / form) for file in done.files)
    official, report = scored(registry, tmp_path / "submission", tmp_path / "labels")
    assert report["complete"]
    for cell in results["cells"]:
        found = report["tasks"][cell["task"]]["languages"][cell["language"]]
        assert found["n"] == cell["n"]
        for key, metric in found["metrics"].items():
            wanted = {name: cell["metrics"][key][name] for name in ("value", "ci95")}
            assert repr(metric) == repr(wanted), (cell["task"], cell["language"], key)
    for name, task in results["tasks"].items():
        assert repr(official[name]["avg_metric"]) == repr(task["value"])
    assert [file for file in (tmp_path / "submission").rglob("*") if file.name.startswith(".")] == []


def test_cells_without_predictions_are_named_with_their_reason(run, registry, tmp_path, out):
    run(tasks=["toy-tags", "toy-parity"])

    def fail(results):
        for cell in results["cells"]:
            if cell["task"] == "toy-tags" and cell["language"] != "sw":
                reason = "toy/zh.tsv:3: expected 2 columns,\n got 1"
                cell.update(status="failed", reason=reason, predictions=None, n=None, metrics={})
            if (cell["task"], cell["language"]) == ("toy-parity", "zh"):
                cell.update(status="not_run", predictions=None, n=None, metrics={})

    rewritten(out, fail)
    (out / "predictions/toy-parity/sw.jsonl").write_text('{"prediction": "odd"}\n{"predi', "utf-8")
    done = export(out, "submission", tmp_path / "s", registry)
    files = [str(file.relative_to(tmp_path / "s")) for file in done.files]
    assert files == ["toy-tags/test-sw.tsv", "toy-parity/test-en.tsv"]
    assert done.missing[0] == "toy-tags en, zh: failed: toy/zh.tsv:3: expected 2 columns, got 1"
    assert done.missing[1].startswith("toy-parity sw: ")
    assert "sw.jsonl:2" in done.missing[1]
    assert done.missing[2] == "toy-parity zh: not_run"


def test_languages_that_were_not_asked_for_and_caveats_are_told(run, registry, tmp_path, out):
    run(tasks=["toy-tags"], languages=["sw"], limit=5)
    done = export(out, "submission", tmp_path / "s", registry)
    assert done.missing == ()
    assert "toy-tags: limited to the first 5 examples of each split (sw)" in done.remarks
    assert "toy-tags: the run does not have the languages en, zh" in done.remarks


def test_a_submission_is_of_one_seed(run, registry, tmp_path, out):
    results = run(tasks=["toy-parity"], seeds=[3, 5])
    with pytest.raises(BadRequest, match=r"^the run has seeds 3, 5; a submission has one: choose it with --seed$"):
        export(out, "submission", tmp_path / "s", registry)
    with pytest.raises(BadRequest, match=r"^--seed 4: the run has only seeds 3, 5$"):
        export(out, "submission", tmp_path / "s", registry, seed=4)
    done = export(out, "submission", tmp_path / "s", registry, seed=5)
    assert len(done.files) == 3
    [cell] = [c for c in results["cells"] if (c["language"], c["seed"]) == ("sw", 5)]
    rows = (out / cell["predictions"]).read_text("utf-8").splitlines()
    words = (tmp_path / "s/toy-parity/test-sw.tsv").read_text("utf-8").splitlines()
    assert words == [json.loads(row)["prediction"] for row in rows]


@pytest.mark.parametrize("name", ["../../x", "..", "a/b", "/etc", ".hidden", "a\\b", "a\x00", "C:x"])
def test_names_of_files_never_lead_out_of_the_folder(run, registry, tmp_path, out, name):
    run(tasks=["toy-parity"])

    def rename(results):
        for cell in results["cells"]:
            if cell["language"] == "sw":
                cell["language"] = name
            if cell["language"] == "zh":
                cell["task"] = name

    rewritten(out, rename)
    before = set(tmp_path.rglob("*"))
    done = export(out, "submission", tmp_path / "s/t", registry)
    assert [file.name for file in done.files] == ["test-en.tsv"]
    assert len(done.missing) == 2
    assert all("is not a valid folder or file name" in line for line in done.missing)
    new = {str(path.relative_to(tmp_path)) for path in set(tmp_path.rglob("*")) - before}
    assert new == {"s", "s/t", "s/t/toy-parity", "s/t/toy-parity/test-en.tsv"}


def test_predictions_outside_the_run_are_not_read(run, registry, tmp_path, out):
    run(tasks=["toy-parity"], languages=["sw"])
    rewritten(out, lambda results: results["cells"][0].update(predictions="predictions/../../model/toy.json"))
    done = export(out, "submission", tmp_path / "s", registry)
    assert done.files == ()
    assert "outside the run" in done.missing[0]
    assert not (tmp_path / "s").exists()


def test_labels_are_of_the_data_that_were_predicted_on(run, registry, tmp_path, out):
    run(tasks=["toy-parity"], languages=["sw"])
    rewritten(out, lambda results: results["cells"][0]["data"].update(examples="toy:another"))
    done = export(out, "labels", tmp_path / "s", registry)
    assert done.missing == (
        "toy-parity sw: the data changed since the run: the fingerprint is toy:toy-parity:sw:test, it was toy:another",
    )


def test_a_folder_that_holds_something_is_refused(run, registry, tmp_path, out):
    run(tasks=["toy-parity"], languages=["sw"])
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for form in ("submission", "labels", "csv"):
        with pytest.raises(BadRequest, match=r"full': the folder is not empty; give a new one"):
            export(out, form, tmp_path / "full", registry)
        with pytest.raises(BadRequest, match=r"notes.txt': is a file; give a folder"):
            export(out, form, tmp_path / "full/notes.txt", registry)
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["notes.txt"]
    assert export(out, "submission", tmp_path / "empty", registry).files


def test_a_format_that_does_not_exist_gives_near_names(registry, tmp_path):
    with pytest.raises(BadRequest, match=r"^unknown format 'submision'; did you mean submission\?$"):
        export(tmp_path, "submision", tmp_path / "s", registry)
    with pytest.raises(BadRequest, match=r"there is no results\.json"):
        export(tmp_path, "labels", tmp_path / "s", registry)


def test_the_table_has_a_row_for_each_cell_and_metric(run, registry, tmp_path, out):
    results = run(tasks=["toy-tags"], seeds=[1, 2])
    rewritten(out, lambda r: r["cells"][0].update(status="failed", metrics={}, n=None, reason='no "gold", none'))
    done = export(out, "csv", tmp_path / "s", registry)
    [file] = done.files
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    metrics = list(results["cells"][1]["metrics"])
    assert len(rows) == 1 + 5 * len(metrics)
    assert (rows[0]["status"], rows[0]["metric"], rows[0]["reason"]) == ("failed", "", 'no "gold", none')
    for cell in results["cells"][1:]:
        for name, metric in cell["metrics"].items():
            key = (cell["language"], str(cell["seed"]), name)
            [row] = [row for row in rows if (row["language"], row["seed"], row["metric"]) == key]
            assert float(row["value"]) == metric["value"]
            assert [float(row["ci95_low"]), float(row["ci95_high"])] == metric["ci95"]
    done = export(out, "csv", tmp_path / "one", registry, seed=2)
    assert len(done.files[0].read_text("utf-8").splitlines()) == 1 + 3 * len(metrics)


def test_what_was_predicted_without_gold_can_be_handed_in(run, registry, tmp_path, out, monkeypatch):
    (plugin,) = [each.module for each in registry.plugins if getattr(each.module, "STEPS", None) == toy.STEPS]
    monkeypatch.setattr(plugin, "rows", without_labels(plugin.rows))
    results = run(tasks=["toy-parity"], languages=["sw"])
    (cell,) = results["cells"]
    assert (cell["status"], cell["predictions"]) == ("failed", "predictions/toy-parity/sw.jsonl")
    assert "no gold" in cell["reason"]
    jsonschema.validate(results, SCHEMA)
    done = export(out, "submission", tmp_path / "s", registry)
    (file,) = done.files
    assert set(file.read_text("utf-8").split()) <= {"even", "odd"}
    assert len(file.read_text("utf-8").splitlines()) == 30
    assert done.missing == ()
    assert not export(out, "labels", tmp_path / "l", registry).files


def without_labels(rows):
    def made(task, language, split):
        found = rows(task, language, split)
        return [{**row, "label": None} for row in found] if split == "test" else found

    return made
