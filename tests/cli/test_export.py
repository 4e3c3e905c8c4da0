"""`xharness export` from the command line, and what it wrote scored again by `xharness score`."""

from __future__ import annotations

import json
import shutil
from itertools import chain
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from tests import files
from tests.cli.conftest import LANGUAGES
from tests.cli.test_light import HEAVY, probe
from xharness_tasks.mini import NANO

KINDS = {"udpos": LANGUAGES, "xnli": LANGUAGES, "xquad": LANGUAGES, "tatoeba": ("de", "es"), "bucc2018": ("de",)}
PLUGIN = """
from xharness import Suite, hookimpl

@hookimpl
def xharness_suites():
    yield Suite(name="few", tasks={tasks!r})
"""


@pytest.fixture
def suite(tmp_path):
    def written(tasks) -> list[str]:
        (tmp_path / "few.py").write_text(PLUGIN.replace("{tasks!r}", repr(tasks)), encoding="utf-8")
        return ["--plugin", str(tmp_path / "few.py"), "--suite", "few"]

    return written


def same(command, run, scores) -> None:
    """Assert that the scores of a submission are those of the run that it was written from."""
    results = json.loads((run / "results.json").read_text("utf-8"))
    assert {cell["status"] for cell in results["cells"]} == {"ok"}
    for cell in results["cells"]:
        task = scores["report"]["tasks"][cell["task"]]
        found = task["languages"][cell["language"]]["metrics"]
        assert found, (cell["task"], cell["language"], task)
        for key, metric in found.items():
            assert repr(metric["value"]) == repr(cell["metrics"][key]["value"]), (cell["task"], cell["language"], key)
            assert metric["ci95"] == cell["metrics"][key]["ci95"]


def exported(command, run, *options) -> None:
    for form in ("submission", "labels"):
        done = command("export", run, "--format", form, "--out", form, *options)
        assert (done.code, done.err) == (0, ""), done


def test_what_a_real_checkpoint_predicted_is_scored_again_to_the_same_numbers(command, warm, suite):
    exported(command, warm / "run")
    folders = ["--predictions", "submission", "--labels", "labels"]
    done = command("score", *suite(KINDS), *folders, "--json", "-")
    assert done.code == 0
    same(command, warm / "run", done.json())
    strict = command("score", *suite(KINDS), *folders, "--strict", "--json", "-")
    assert strict.code == 0
    assert json.dumps({**strict.json(), "report": 0}) == json.dumps({**done.json(), "report": 0})


def embedded(command, suite, *options, **tasks):
    """Run nano on a few examples of the embedded data, export it, and check what `score` makes of that."""
    asked = [word for name in tasks for word in ("--task", name)]
    asked += [word for code in dict.fromkeys(chain(*tasks.values())) for word in ("--lang", code)]
    done = command("run", NANO, "--source", "mini", *asked, "--limit", "12", "--out", "run", *options)
    assert done.code == 0, done
    exported(command, "run")
    done = command("score", *suite(tasks), "--predictions", "submission", "--labels", "labels", "--json", "-")
    same(command, Path("run"), done.json())


def test_choices_are_too(command, suite):
    embedded(command, suite, "--param", "epochs=1", xcopa=("tr", "vi"))
    lines = Path("submission/xcopa/test-tr.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 12
    assert set(lines) <= {'{"label": 0}', '{"label": 1}'}


def test_candidates_are_too(command, suite):
    embedded(command, suite, "--recipe", "as-is", lareqa=("tr", "vi"), mewslix=("tr",))
    for name in ("lareqa", "mewslix"):
        found = json.loads(Path(f"submission/{name}/test-tr.json").read_text("utf-8"))
        assert len(found) == 12
        assert all(0 < len(ids) <= 20 and len(set(ids)) == len(ids) for ids in found.values())


def test_the_files_are_in_the_official_form(command, warm, tmp_path):
    done = command("export", warm / "run", "--out", "submission")
    assert done.code == 0
    assert done.out.splitlines()[0] == f"{files.CELLS} files written to submission"
    assert "remarks:" in done.out
    root = tmp_path / "submission"
    names = {str(path.relative_to(root)) for path in root.rglob("test-*")}
    suffix = {"xquad": "json"}
    assert names == {f"{task}/test-{code}.{suffix.get(task, 'tsv')}" for task, codes in KINDS.items() for code in codes}
    n = files.SIZES["test"]
    tags = (root / "udpos/test-es.tsv").read_text("utf-8")
    assert tags.endswith("\n\n")
    assert [len(block.split("\n")) for block in tags.removesuffix("\n\n").split("\n\n")] == [len(files.TAGS)] * n
    labels = (root / "xnli/test-de.tsv").read_text("utf-8").splitlines()
    assert len(labels) == n
    assert set(labels) <= {"entailment", "neutral", "contradiction"}
    answers = json.loads((root / "xquad/test-es.json").read_text("utf-8"))
    assert len(answers) == n
    assert all(name.startswith("es-") and isinstance(text, str) for name, text in answers.items())
    places = [int(line) for line in (root / "tatoeba/test-de.tsv").read_text("utf-8").splitlines()]
    assert len(places) == n
    assert set(places) <= set(range(n))
    pairs = [line.split("\t") for line in (root / "bucc2018/test-de.tsv").read_text("utf-8").splitlines()]
    assert all(ours.startswith("de-") and theirs.startswith("en-") for ours, theirs in pairs)


def test_what_is_missing_is_said_and_makes_exit_code_1(command, warm):
    file = warm / "run/results.json"
    results = json.loads(file.read_text("utf-8"))
    for cell in results["cells"]:
        if cell["task"] == "udpos":
            cell.update(status="failed", reason="no such file", predictions=None, n=None, metrics={})
    file.write_text(json.dumps(results), encoding="utf-8")
    done = command("export", warm / "run", "--out", "submission")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[:3] == [
        f"{files.CELLS - 3} files written to submission",
        "not exported:",
        "  udpos de, en, es: failed: no such file",
    ]


def test_the_labels_need_the_data_that_the_run_was_scored_with(command, warm):
    file = warm / "run/results.json"
    results = json.loads(file.read_text("utf-8"))
    results["run"]["request"]["data"] = str(warm / "gone")
    file.write_text(json.dumps(results), encoding="utf-8")
    done = command("export", warm / "run", "--format", "labels", "--out", "labels")
    assert done.code == 1
    assert "Traceback" not in done.out + done.err
    assert command("export", warm / "run", "--out", "submission").code == 0


def test_a_table(command, warm, tmp_path):
    done = command("export", warm / "run", "--format", "csv", "--out", "table")
    assert (done.code, done.out) == (0, "1 file written to table\n")
    head = (tmp_path / "table/cells.csv").read_text("utf-8").splitlines()[0]
    assert head.startswith("task,language,split,source,seed,status,n,metric,value,")


def test_bad_requests_are_one_line_and_write_nothing(command, warm, tmp_path):
    (tmp_path / "full").mkdir()
    shutil.copy(warm / "run/run.json", tmp_path / "full")
    asked = [
        (["--format", "model-crad"], "unknown format 'model-crad'"),
        (["--format", "lables"], "unknown format 'lables'; did you mean labels?"),
        (["--seed", "7"], "--seed 7: the run has only seed 1"),
        (["--out", "full"], "--out 'full': the folder is not empty; give a new one, so that no old file is submitted"),
    ]
    for options, message in asked:
        line = command("export", warm / "run", "--out", "new", *options).refused()
        assert line.startswith(f"xharness: {message}")
    assert command("export", "nowhere", "--out", "new").refused().startswith("xharness: run 'nowhere': there is no")
    assert command("export", warm / "run").refused().startswith("xharness: the following arguments are required: --out")
    assert not (tmp_path / "new").exists()


def test_a_refusal_imports_nothing_heavy(tmp_path):
    output, modules = probe("export", str(tmp_path), "--out", str(tmp_path / "new"))
    assert not modules & HEAVY
    assert output.rstrip() == "2"


def test_a_run_is_published_in_the_forms_of_the_hub_and_of_every_eval_ever(command, warm, tmp_path):
    results = json.loads((warm / "run/results.json").read_text("utf-8"))
    done = command("export", warm / "run", "--format", "model-card", "--out", "card")
    assert (done.code, done.err) == (0, "")
    card = ModelCard.load(tmp_path / "card/README.md")
    found = {(each.task_name, each.metric_name): each.metric_value for each in card.data.eval_results}
    for cell in results["cells"]:
        for name in results["tasks"][cell["task"]]["metric"].split("+"):
            assert repr(found[cell["task"], f"{name}, {cell['language']}"]) == repr(cell["metrics"][name]["value"])
    assert "xharness run " in card.text
    done = command("export", warm / "run", "--format", "every-eval-ever", "--out", "eee")
    assert done.code == 0
    (file,) = (path for path in (tmp_path / "eee").rglob("*") if path.is_file())
    record = json.loads(file.read_text("utf-8"))
    assert len(record["evaluation_results"]) == sum(len(cell["metrics"]) for cell in results["cells"])
    line = command("export", warm / "run", "--format", "eval-results", "--out", "none").refused()
    assert "no score can be exported as eval-results" in line
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("form", ["model-card", "eval-results", "every-eval-ever"])
def test_scores_on_synthetic_data_are_not_published(command, tmp_path, form):
    done = command("run", NANO, "--source", "mini", "--task", "tatoeba", "--lang", "tr", "--limit", 5, "--out", "run")
    assert done.code == 0, done
    line = command("export", "run", "--format", form, "--out", "new").refused()
    assert line == "xharness: run 'run': synthetic data do not measure a model, so nothing of it is published"
    assert not (tmp_path / "new").exists()
