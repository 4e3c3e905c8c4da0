"""`xharness run` from end to end: a real tiny checkpoint, files in the official layouts, every kind of task."""

from __future__ import annotations

import json
from importlib.resources import files as resources

import jsonschema
import numpy as np

from tests import files
from tests.cli.conftest import words

SCHEMA = json.loads((resources("xharness.run") / "results.schema.json").read_text("utf-8"))


def cells(results):
    return {(cell["task"], cell["language"], cell["seed"]): cell for cell in results["cells"]}


def metrics(results):
    return {place: cell["metrics"] for place, cell in cells(results).items()}


def results_of(folder):
    return json.loads((folder / "results.json").read_text("utf-8"))


def objects(store):
    return {path: path.stat().st_mtime_ns for path in (store / "objects").rglob("artifact.json")}


def test_every_kind_of_task_is_run_and_scored(finished):
    results = results_of(finished / "run")
    jsonschema.validate(results, SCHEMA)
    assert {cell["status"] for cell in results["cells"]} == {"ok"}
    assert len(results["cells"]) == files.CELLS
    found = cells(results)
    assert found["udpos", "en", 1]["metrics"]["f1"]["value"] > 50
    assert {cell["n"] for cell in results["cells"]} == {files.SIZES["test"], 8}
    for cell in results["cells"]:
        lines = (finished / "run" / cell["predictions"]).read_text("utf-8").splitlines()
        assert cell["task"] == "bucc2018" or len(lines) == files.SIZES["test"]
    kinds = [stage["kind"] for stage in results["run"]["plan"]]
    assert (kinds.count("pretrained"), kinds.count("finetune"), kinds.count("predict")) == (1, 3, files.CELLS)
    assert results["run"]["model"]["architecture"] == "XLMRobertaForMaskedLM"


def test_the_table_names_tasks_languages_and_remarks(command, warm, checkpoint, data):
    done = command("run", *words(checkpoint, data, *files.TASKS), "--out", "again", "--store", warm / "store")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    value = cells(results_of(warm / "run"))["udpos", "de", 1]["metrics"]["f1"]["value"]
    header = next(number for number, line in enumerate(lines) if line.startswith("udpos: no average"))
    assert lines[header + 1].split() == ["de", "en", "es"]
    assert lines[header + 2].split()[:2] == ["f1", f"{value:.1f}"]
    assert any(line.startswith("note: scored 12 examples; the official test set has 5,010 (xnli") for line in lines)
    assert lines[-1] == "results: again/results.json"


def test_a_second_run_is_served_from_the_store(command, warm, checkpoint, data, monkeypatch):
    import torch

    before = objects(warm / "store")
    monkeypatch.setattr(torch.nn.Module, "__call__", lambda *_: 1 / 0)
    done = command("run", *words(checkpoint, data, *files.TASKS), "--out", "again", "--store", warm / "store")
    assert (done.code, done.err) == (0, f"{files.CELLS} cells, {files.CELLS} of them cached\n")
    assert objects(warm / "store") == before
    assert metrics(results_of(warm.parent / "again")) == metrics(results_of(warm / "run"))


def test_a_new_language_trains_nothing_again(command, checkpoint, data):
    asked = words(checkpoint, data, "udpos", languages=["de"])
    first = command("run", *asked, "--keep-checkpoints", "--out", "first")
    assert "finetune on udpos (en), seed 1" in first.err
    second = command("run", *words(checkpoint, data, "udpos"), "--out", "second")
    assert second.code == 0
    assert second.err.splitlines()[:2] == ["3 cells, 1 of them cached", "predict udpos: 2 cells"]


def test_results_on_standard_output_are_those_of_the_file(command, warm, checkpoint, data, tmp_path):
    asked = words(checkpoint, data, "tatoeba", "bucc2018", languages=["de"])
    done = command("run", *asked, "--store", warm / "store", "--out", "out", "--json")
    assert done.code == 0
    jsonschema.validate(done.json(), SCHEMA)
    assert done.json() == results_of(tmp_path / "out")


def test_seeds_and_limit(command, checkpoint, data, tmp_path):
    asked = words(checkpoint, data, "udpos", languages=["en", "de"])
    done = command("run", *asked, "--limit", 4, "--seed", 3, "--seed", 5, "--out", "out")
    assert done.code == 0, done.err
    results = results_of(tmp_path / "out")
    jsonschema.validate(results, SCHEMA)
    assert {(cell["seed"], cell["n"]) for cell in results["cells"]} == {(3, 4), (5, 4)}
    assert [line.split()[:3] for line in done.out.splitlines()[2:4]] == [["f1,", "seed", "3"], ["f1,", "seed", "5"]]
    assert "finetune on udpos (en), seed 3" in done.err
    first, second = (cells(results)["udpos", "de", seed]["artifacts"] for seed in (3, 5))
    assert first["checkpoint"] != second["checkpoint"]


def test_the_words_of_a_file_and_of_the_command_are_one_request(command, warm, checkpoint, data, tmp_path):
    asked = {"model": str(checkpoint), "tasks": ["udpos"], "languages": ["de"], "data": str(data), "source": "local"}
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in asked.items())
    text += 'dtype = "float32"\nparams = {learning_rate = 3e-3, warmup_steps = 0, epochs = 8}\n'
    (tmp_path / "request.toml").write_text(text, encoding="utf-8")
    done = command("run", "--config", "request.toml", "--store", warm / "store", "--out", "out")
    assert (done.code, done.err) == (0, "1 cell, 1 of them cached\n")
    done = command("run", "--config", "request.toml", "--lang", "es", "--store", warm / "store", "--out", "out")
    assert done.code == 0
    assert [cell["language"] for cell in results_of(tmp_path / "out")["cells"]] == ["es"]


def test_a_dry_run_shows_the_plan_and_makes_no_run(command, warm, checkpoint, data, tmp_path):
    asked = words(checkpoint, data, "udpos")
    dry = command("run", *asked, "--store", warm / "store", "--out", "out", "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert dry.out == command("plan", *asked, "--store", warm / "store").out
    assert not (tmp_path / "out").exists()


def vectors(store):
    """Return every vector of a store by the digest of its text."""
    found = {}
    for path in (store / "vectors").rglob("*.keys"):
        keys, rows = path.read_bytes(), np.load(path.with_suffix(".vectors.npy"))
        found |= {keys[16 * number : 16 * number + 16]: row.tobytes() for number, row in enumerate(rows)}
    return found


def test_exact_results_do_not_depend_on_what_else_is_run(command, checkpoint, data, tmp_path):
    exact, tasks = ("--exact", "--limit", 6, "--keep-checkpoints"), ("xnli", "xquad", "tatoeba")
    for task in tasks:
        asked = words(checkpoint, data, task, languages=["es"])
        assert command("run", *asked, *exact, "--store", "alone", "--out", task).code == 0
    done = command("run", *words(checkpoint, data, *files.TASKS), *exact, "--store", "together", "--out", "all")
    assert done.code == 0, done.err
    for task in tasks:
        path = f"predictions/{task}/es.jsonl"
        assert (tmp_path / task / path).read_bytes() == (tmp_path / "all" / path).read_bytes()
    assert vectors(tmp_path / "alone").items() < vectors(tmp_path / "together").items()


def test_a_fine_tuned_checkpoint_as_it_is(command, warm, checkpoint, data, tmp_path):
    results = results_of(warm / "run")
    made = cells(results)["udpos", "de", 1]["artifacts"]["checkpoint"]
    tagger = warm / "store" / "objects" / "finetune" / made[:2] / made / "checkpoint"
    asked = words(tagger, data, "udpos", "tatoeba", languages=["de"])[:-8]
    done = command("run", *asked, "--dtype", "float32", "--recipe", "as-is", "--out", "as-is")
    assert done.code == 0, done.err
    assert "finetune" not in done.err
    again = results_of(tmp_path / "as-is")
    jsonschema.validate(again, SCHEMA)
    assert metrics(again)["udpos", "de", 1] == metrics(results)["udpos", "de", 1]


def test_a_suite_keeps_what_the_checkpoint_cannot_do_as_skipped(command, checkpoint, data, tmp_path):
    asked = [checkpoint, "--source", "local", "--data", data, "--recipe", "as-is", "--lang", "de", "--dtype", "float32"]
    done = command("run", *asked, "--out", "out")
    assert done.code == 1
    results = results_of(tmp_path / "out")
    jsonschema.validate(results, SCHEMA)
    states = {task: cell["status"] for (task, *_), cell in cells(results).items()}
    assert (states["tatoeba"], states["bucc2018"], states["xnli"], states["xquad"]) == (
        "ok",
        "ok",
        "skipped",
        "skipped",
    )
    assert results["suites"]["xtreme"]["value"] is None
    assert any(line.startswith("xtreme: no score") for line in done.out.splitlines())
