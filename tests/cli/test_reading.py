"""`plan`, `explain`, `rescore`, `list` and `show`: what they say of a real run, in words and as JSON."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from tests import files
from tests.cli.conftest import words
from xharness.registry import SPECS, singular

STAGES = ("pretrained", "finetune", "predict")


@pytest.fixture
def run(warm):
    return warm / "run"


def results_of(folder):
    return json.loads((folder / "results.json").read_text("utf-8"))


def test_a_plan_names_stages_sharing_and_costs(command, checkpoint, data):
    done = command("plan", *words(checkpoint, data, *files.TASKS))
    assert (done.code, done.err) == (0, "")
    rows = [line.split("  ") for line in done.out.splitlines()]
    stages = [(row[0], next(cell.strip() for cell in row[1:] if cell)) for row in rows if row[0] in STAGES]
    assert stages == [
        ("pretrained", "as given"),
        ("finetune", "udpos train, en"),
        ("predict", "udpos test, 3 languages"),
        ("finetune", "xnli train, en"),
        ("predict", "xnli test, 3 languages"),
        ("finetune", "squad_v1 train, en"),
        ("predict", "xquad test, 3 languages"),
        ("predict", "tatoeba test, 2 languages"),
        ("predict", "bucc2018 test, de"),
    ]
    assert "shared: finetune on squad_v1 serves xquad (3)" in done.out.splitlines()
    assert "problem" not in done.out


def test_a_plan_as_json(command, warm, checkpoint, data):
    asked = words(checkpoint, data, *files.TASKS)
    fresh = command("plan", *asked, "--json").json()
    assert fresh["cells"] == files.CELLS
    assert [stage["cached"] for stage in fresh["stages"] if stage["kind"] != "pretrained"] == [False] * 15
    keys = {stage["key"] for stage in fresh["stages"]}
    assert all(need in keys for stage in fresh["stages"] for need in stage["needs"])
    [training] = [stage for stage in fresh["stages"] if stage["data"].get("train") == "udpos/en/train"]
    assert training["examples"] == files.SIZES["train"]
    stored = command("plan", *asked, "--json", "--store", warm / "store").json()
    assert {stage["cached"] for stage in stored["stages"]} == {True}
    assert {stage["key"] for stage in stored["stages"]} == keys


def test_a_plan_prices_candidates_apart_from_queries_and_names_the_languages_of_a_pool(command, checkpoint):
    asked = ("plan", checkpoint, "--source", "mini", "--task", "lareqa", "--lang", "en", "--lang", "th")
    found = {stage["kind"]: stage for stage in command(*asked, "--json").json()["stages"]}
    each = {kind: round(stage["tokens"] / stage["examples"]) for kind, stage in found.items() if stage["examples"]}
    assert each == {"finetune": 3 * 245, "embed": 205, "predict": 40}
    rows = [tuple(re.split(r" {2,}", line)[:2]) for line in command(*asked, "--seed", 1, "--seed", 2).out.splitlines()]
    assert ("embed", "lareqa candidates, 11 languages") in rows
    assert ("predict", "lareqa test, 2 languages") in rows


def test_a_plan_tells_what_cannot_run(command, checkpoint, data, tmp_path):
    own = shutil.copytree(data, tmp_path / "data")
    (own / "udpos/test-de.tsv").unlink()
    done = command("plan", *words(checkpoint, own, "udpos"))
    assert done.code == 0
    [line] = [line for line in done.out.splitlines() if line.startswith("problem: ")]
    assert "udpos de test: no files below" in line


def test_a_number_is_explained(command, run, data):
    cell = next(c for c in results_of(run)["cells"] if (c["task"], c["language"]) == ("udpos", "de"))
    story = command("explain", run, "udpos", "de", "--json").json()
    assert story["scores"] == cell["metrics"]
    assert story["data"]["examples"].startswith("local:udpos:de:test:")
    [training] = [stage for title, stage in story.items() if ", finetune " in title]
    assert training["tuning"]["learning_rate"] == 3e-3
    assert training["selected_step"] == training["steps"]
    done = command("explain", run, "udpos", "German")
    assert (done.code, done.err) == (0, "")
    f1 = cell["metrics"]["f1"]
    low, high = f1["ci95"]
    expected = f"  f1               {f1['value']:.2f}  95% {low:.2f} to {high:.2f}  {f1['signature']}"
    assert expected in done.out.splitlines()
    mined = command("explain", run, "bucc2018", "de", "--json").json()
    assert {"search", "threshold", "layer", "pooling"} <= set(mined["inference"])


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("udpo", "de"), "unknown task 'udpo'; did you mean udpos?"),
        (("udpos", "dee"), "unknown language 'dee'; did you mean de"),
        (("udpos", "swh"), "language 'swh' (Swahili) is not in this run of the task; available: de, en, es"),
        (("udpos", "de", "--seed", "7"), "udpos de has seed 1, not 7"),
    ],
)
def test_a_number_that_is_not_there(command, run, asked, line):
    assert command("explain", run, *asked).refused().startswith(f"xharness: {line}")


def test_one_of_several_seeds_is_to_be_named(command, checkpoint, data):
    asked = words(checkpoint, data, "tatoeba", languages=["de"])
    assert command("run", *asked, "--seed", 1, "--seed", 2, "--out", "out").code == 0
    assert command("explain", "out", "tatoeba", "de").refused() == (
        "xharness: tatoeba de has seeds 1, 2; choose one with --seed"
    )
    assert "seed             2" in command("explain", "out", "tatoeba", "de", "--seed", 2).out


def test_rescoring_gives_the_same_table_without_model_and_store(command, finished, checkpoint, data, tmp_path):
    shutil.copytree(finished / "run", tmp_path / "run")
    before = results_of(tmp_path / "run")
    done = command("rescore", "run")
    assert (done.code, done.err) == (0, "")
    assert results_of(tmp_path / "run") == before
    assert command("rescore", "run", "--json").json() == before
    assert done.out.splitlines()[0].startswith("udpos: no average")


def test_rescoring_from_another_folder(command, checkpoint, data, tmp_path, monkeypatch):
    shutil.copytree(data, tmp_path / "data")
    asked = words(checkpoint, "data", "tatoeba", languages=["de"])
    assert command("run", *asked, "--out", "out").code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = command("rescore", tmp_path / "out")
    assert (done.code, done.err) == (0, "")


def test_rescoring_on_data_that_have_changed_fails_their_cell(command, run, checkpoint, data, tmp_path):
    own = shutil.copytree(data, tmp_path / "data")
    results = results_of(run)
    results["run"]["request"]["data"] = str(own)
    (run / "results.json").write_text(json.dumps(results), encoding="utf-8")
    with (own / "xnli/test-es.tsv").open("a", encoding="utf-8") as file:
        file.write("a\tb\tneutral\n")
    assert command("rescore", run).code == 1
    failed = {(c["task"], c["language"]): c["reason"] for c in results_of(run)["cells"] if c["status"] != "ok"}
    assert list(failed) == [("xnli", "es")]
    assert failed["xnli", "es"].startswith("rescore: the data changed since the run")


@pytest.mark.parametrize("group", SPECS)
def test_what_is_listed_can_be_shown(command, group):
    for row in command("list", group, "--json").json():
        for name in {group, singular(group)}:
            card = command("show", name, row["name"], "--json")
            assert (card.code, card.json()["name"]) == (0, row["name"])
        done = command("show", group, row["name"])
        assert done.code == 0
        labels = [line.split("  ")[0] for line in done.out.splitlines() if not line.startswith(" ")]
        assert labels[0] == "name"
        # Examples of a noise are printed as they are.
        lines = [line for line in done.out.splitlines() if not line.startswith(("  at ", "  clean "))]
        assert all(len(line) <= 130 for line in lines if "https://" not in line)
        assert not {"None", "python:"} & set(done.out.split())
        assert ": null" not in done.out


IN_WORDS = ("loglikelihood", "loglikelihood-length", "loglikelihood-unconditional", "generate")


def test_every_way_is_listed_with_its_kind(command, tmp_path):
    (tmp_path / "more.py").write_text(
        "from xharness import Way, hookimpl\n\n"
        "@hookimpl\ndef xharness_ways():\n"
        "    yield Way(name='generation', capability='generate', kind='span-qa', summary='generated text')\n"
    )
    listed = command("list", "ways", "--plugin", "more.py", "--json").json()
    assert {(row["name"], row["kind"], row["needs"], row["from"]) for row in listed} == {
        ("head", "classification", "classify", ""),
        ("head", "multiple-choice", "choose", ""),
        *((name, kind, name.split("-")[0], "") for kind in ("classification", "multiple-choice") for name in IN_WORDS),
        ("head", "tagging", "tag", ""),
        ("head", "span-qa", "answer", ""),
        ("generate", "span-qa", "generate", ""),
        ("generation", "span-qa", "generate", "more"),
        ("lines", "tagging", "fill_slots", ""),
        ("loglikelihood", "generation", "loglikelihood", ""),
        ("generate", "generation", "generate", ""),
        ("vectors", "ranking", "embed", ""),
        ("head", "reranking", "choose", ""),
        ("head", "text", "fill", ""),
        ("vectors", "bitext-retrieval", "embed", ""),
        ("vectors", "bitext-mining", "embed", ""),
        ("vectors", "passage-retrieval", "embed", ""),
    }
    assert [row["name"] for row in listed if row["kind"] == "span-qa"] == ["head", "generate", "generation"]
    for name in ("generation", "more:generation"):
        shown = command("show", "way", name, "--plugin", "more.py", "--json").json()
        assert shown["kinds"] == {"span-qa": {"capability": "generate", "version": 1}}
    shown = command("show", "way", "vectors", "--json").json()
    assert set(shown["kinds"]) == {"bitext-retrieval", "bitext-mining", "passage-retrieval", "ranking"}
    assert command("show", "way", "haed").refused() == "xharness: unknown way 'haed'; did you mean head?"


def test_the_columns_of_a_card_stand_below_each_other(command):
    lines = command("show", "model", "hf").out.splitlines()
    assert lines[3].startswith("capabilities  answer ")
    assert lines[4] == "trainings     finetune multitask"
    assert any(line.startswith("params        layer: hidden layer that embeddings are read from") for line in lines)


def test_a_reader_that_leaves_early_is_no_error():
    process = subprocess.Popen(
        [sys.executable, "-m", "xharness.cli.main", "list", "tasks"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 1


def test_what_nobody_foresaw_is_one_line_unless_it_is_to_be_debugged(command, checkpoint, tmp_path):
    (tmp_path / "odd.py").write_text(
        "from xharness import Source, hookimpl\n\n"
        "def fingerprint(task, language, split, options):\n    return {}[split]\n\n"
        "@hookimpl\ndef xharness_sources():\n"
        "    yield Source(name='odd', summary='', fingerprint=fingerprint, load=None)\n"
    )
    asked = ("plan", checkpoint, "--task", "udpos", "--plugin", "odd.py", "--source", "odd")
    done = command(*asked)
    assert (done.code, done.out) == (1, "")
    assert (
        done.err
        == "xharness: KeyError: 'train'; internal error in xharness or a plugin; rerun with --debug for the traceback\n"
    )
    with pytest.raises(KeyError):
        command(*asked, "--debug")


def test_no_command_and_an_unknown_one(command):
    assert command().refused() == "xharness: the following arguments are required: COMMAND; see xharness --help"
    assert command("rnu").refused().startswith("xharness: unknown command 'rnu'; did you mean run")
    assert command("list", "tsaks").refused().startswith("xharness: unknown group 'tsaks'; did you mean tasks")
