"""Translations from end to end: made once for all stages, resumed, and described in results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import processes
from tests.run import glossary
from tests.run.conftest import TOY
from tests.run.test_runner import cells
from xharness import api, caveat
from xharness.cli import main
from xharness.errors import BadRequest
from xharness.registry import Registry
from xharness.request import resolve
from xharness.run.export.rescore import rescore
from xharness.run.preparing import prepare
from xharness.run.pricing import prices
from xharness.run.steps import translate as translating
from xharness.store.artifacts import Store

PLUGIN = str(Path(glossary.__file__))


@pytest.fixture(scope="module")
def registry():
    return Registry.load([TOY, PLUGIN], third_parties=False)


@pytest.fixture
def run(tmp_path, registry, model):
    def _run(out="out", **wishes):
        given = {"model": model, "source": "glossary", "dtype": "float32", **wishes}
        return api.run(api.build(given), registry=registry, out=tmp_path / out, store=tmp_path / "store")

    return _run


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Return what was translated since it was last asked."""
    log = tmp_path / "log"
    monkeypatch.setenv("TOY_LOG", str(log))

    def _said():
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line for line in lines if line[:3] in ("en-", "sw-")]

    return _said


def mt(tmp_path, **told):
    return {"translations": glossary.checkpoint(tmp_path / "mt", **told)}


def stages(results, kind):
    return [stage for stage in results["run"]["plan"] if stage["kind"] == kind]


def test_published_translations_are_trained_on_and_the_cells_say_so(run):
    results = run(tasks=["parity"], recipe="translate-train")
    found = cells(results, "parity")
    assert found["sw"]["trained_on"] == [["parity", "sw", "translated-train"]]
    assert found["en"]["trained_on"] == [["parity", "en", "train"]]
    assert [stage["report"]["languages"] for stage in stages(results, "finetune")] == [["en"], ["sw"]]
    assert found["sw"]["metrics"]["accuracy"]["value"] == 100


def test_english_and_its_translations_are_trained_on_together(run):
    results = run(tasks=["parity"], recipe="translate-train-all", params={"rows": "5"})
    (training,) = stages(results, "finetune")
    assert (training["report"]["languages"], training["report"]["examples"]) == (["en", "sw"], 10)
    assert {cell["status"] for cell in results["cells"]} == {"ok"}


def test_a_translation_is_made_once_for_every_recipe(run, said, tmp_path):
    wishes = {"tasks": ["parity"], "params": mt(tmp_path)}
    results = run(recipe="translate-train", languages=["sw"], **wishes)
    assert sorted(said()) == sorted(f"en-sw e{number} e{'even odd'.split()[number % 2]}." for number in range(12))
    assert cells(results, "parity")["sw"]["trained_on"] == [["parity", "sw", "translated-train"]]
    (made,) = stages(results, "translate")
    (trained,) = stages(results, "finetune")
    assert (trained["made"], trained["missing"]) == ({"train": made["key"]}, {})
    assert {name: made["report"][name] for name in ("examples", "dropped", "sentences")} == {
        "examples": 12, "dropped": 0, "sentences": 12,
    }  # fmt: skip
    about = Store(tmp_path / "store").about("translate", made["key"])["about"]
    assert (about["model"], about["tasks"]) == (wishes["params"]["translations"], "parity")
    (given,) = [stage for stage in stages(results, "pretrained") if stage["key"] in made["needs"]]
    assert given["report"] == {"reference": wishes["params"]["translations"], "revision": None}
    run(recipe="translate-train-all", out="all", **wishes)
    more = {"intermediate": "parity", "languages": "sw", **wishes["params"]}
    again = run(recipe="intermediate-translated", tasks=["words"], params=more, out="first")
    assert said() == []
    assert {stage["key"] for stage in stages(again, "translate")} == {made["key"]}
    assert cells(again, "words")["sw"]["trained_on"] == [
        ["parity", "en", "train"], ["parity", "sw", "translated-train"], ["words", "en", "train"],
    ]  # fmt: skip


def test_what_the_translator_lacks_is_a_caveat_of_every_cell_that_reads_its_translation(run, said, tmp_path):
    remark = {"code": "unknown_weights", "facts": {"count": 1, "names": ["spare.weight"]}}
    weights = "1 weight of the checkpoint is unknown to its architecture and left out: spare.weight"
    wanted = f"the checkpoint that translated parity: {weights}"
    for recipe in ("translate-train", "translate-test"):
        told = mt(tmp_path, remarks=[remark])
        found = cells(run(tasks=["parity"], recipe=recipe, params=told, out=recipe), "parity")
        caveats = {code: [each["text"] for each in cell["caveats"]] for code, cell in found.items()}
        assert wanted in caveats["sw"]
        assert wanted not in caveats["en"]


@pytest.mark.parametrize("change", [{"beams": "2"}, {"translation_length": "9"}, {"rows": "3"}])
def test_what_changes_a_translation_is_in_its_key(run, said, tmp_path, change):
    wishes = {"tasks": ["parity"], "languages": ["sw"], "recipe": "translate-train"}
    (first,) = stages(run(params=mt(tmp_path), **wishes), "translate")
    said()
    (other,) = stages(run(params=mt(tmp_path) | change, out="other", **wishes), "translate")
    assert other["key"] != first["key"]
    assert len(said()) == int(change.get("rows", 12))
    (third,) = stages(run(params=mt(tmp_path, words={"e1": "sx"}), out="third", **wishes), "translate")
    assert third["key"] not in (first["key"], other["key"])


def test_questions_whose_answer_is_lost_are_dropped_and_counted(run, said, tmp_path, capsys):
    results = run(tasks=["told"], recipe="translate-train", languages=["sw"], params=mt(tmp_path, loses="ed1"))
    (made,) = stages(results, "translate")
    assert (made["report"]["examples"], made["report"]["dropped"]) == (12, 3)  # of 1, 10 and 11
    assert made["report"]["dropped_percent"] == 25
    assert stages(results, "finetune")[0]["report"]["examples"] == 9
    assert "en-sw ea eb ec [ed7]. ez eodd." in said()
    assert main.main(["explain", str(tmp_path / "out"), "told", "sw"]) == 0
    told = capsys.readouterr().out
    assert "translate" in told
    assert "dropped_percent  25" in told


def test_answers_that_are_all_lost_leave_nothing_to_train_on(run, said, tmp_path):
    results = run(tasks=["told"], recipe="translate-train", languages=["sw"], params=mt(tmp_path, loses="ed"))
    (cell,) = results["cells"]
    assert cell["status"] == "failed"
    assert (
        "told en train in sw: in none of 12 questions could the answer be located in the translation" in cell["reason"]
    )


@pytest.mark.parametrize("made", [False, True])
def test_evaluated_pairs_are_read_in_english_and_scored_against_their_own_labels(run, said, tmp_path, made):
    params = mt(tmp_path) if made else {}
    results = run(tasks=["parity"], recipe="translate-test", params=params)
    found = cells(results, "parity")
    assert found["sw"]["metrics"]["accuracy"]["value"] == 100
    assert found["sw"]["trained_on"] == [["parity", "en", "train"]]
    assert found["sw"]["data"]["examples"] == "glossary:parity:sw:test"
    inputs = found["sw"]["data"]["inputs"]
    assert inputs.startswith("made:") if made else inputs == "glossary:parity:sw:translated-test"
    assert found["sw"]["caveats"] == [caveat("translated_inputs", into="en").record()]
    assert "inputs" not in found["en"]["data"]
    assert found["en"]["caveats"] == []
    assert len(said()) == (12 if made else 0)
    _, again = rescore(tmp_path / "out", Registry.load([TOY, PLUGIN], third_parties=False))
    assert cells(again, "parity")["sw"]["metrics"] == found["sw"]["metrics"]


@pytest.mark.parametrize("made", [False, True])
def test_answers_are_given_and_scored_in_english(run, said, tmp_path, registry, made):
    results = run(tasks=["asked"], recipe="translate-test", params=mt(tmp_path) if made else {})
    sw = cells(results, "asked")["sw"]
    assert sw["metrics"]["exact_match"]["value"] == 100
    lines = (tmp_path / "out" / sw["predictions"]).read_text("utf-8").splitlines()
    assert json.loads(lines[3])["prediction"] == "ed3."
    assert sw["caveats"] == [caveat("translated_inputs", into="en").record(), caveat("gold_of_inputs").record()]
    _, again = rescore(tmp_path / "out", registry)
    cell = cells(again, "asked")["sw"]
    if made:
        assert "the gold was created by the run itself" in cell["reason"]
    else:
        assert cell["metrics"] == sw["metrics"]


def test_a_translation_that_is_none_of_the_examples_is_not_predicted_on(run):
    sw = cells(run(tasks=["shuffled"], recipe="translate-test"), "shuffled")["sw"]
    assert sw["status"] == "failed"
    assert "the splits translated-test and test do not match row by row (12 and 12 rows" in sw["reason"]


def test_labels_of_words_are_refused_in_one_line(run):
    with pytest.raises(BadRequest, match="task 'words': examples of kind tagging cannot be translated"):
        run(tasks=["words"], languages=["sw"], recipe="translate-test")


def test_a_translation_has_its_price_and_none_when_it_is_there(run, said, registry, model, tmp_path):
    given = {"model": model, "source": "glossary", "dtype": "float32", "tasks": ["parity"], "languages": ["sw"]}
    given |= {"recipe": "translate-train", "params": mt(tmp_path) | {"rows": "5"}}
    plan = prepare(resolve(api.build(given), registry), registry)
    store = Store(tmp_path / "store")
    (job,) = plan.of_kind("translate")
    before = prices(plan, registry, store)[job.key]
    assert (before.examples, before.tokens, before.cached) == (5, 250, False)
    assert before.seconds > 0
    run(**{name: value for name, value in given.items() if name != "model"})
    after = prices(plan, registry, store)[job.key]
    assert (after.examples, after.seconds, after.cached) == (0, 0, True)


def small_blocks():
    translating._BLOCK = 4


def test_a_killed_translation_goes_on_where_it_was(tmp_path, model):
    folder = glossary.checkpoint(tmp_path / "mt")
    words = [
        "run", model, "--source", "glossary", "--plugin", TOY, "--plugin", PLUGIN, "--no-plugins", "--task", "parity",
        "--lang", "sw", "--recipe", "translate-train", "--param", f"translations={folder}", "--dtype", "float32",
        "--out", str(tmp_path / "out"), "--store", str(tmp_path / "store"),
    ]  # fmt: skip
    log = tmp_path / "log"
    env = {"TOY_LOG": str(log)}
    killed = processes.command(words, env | {"TOY_STOP": "6"}, small_blocks)
    killed.communicate()
    assert killed.returncode == 9
    (kept,) = (tmp_path / "store").rglob("said.jsonl")
    assert len(kept.read_text("utf-8").splitlines()) == 4
    with kept.open("a", encoding="utf-8") as file:
        file.write('["e5 eo')  # a line that was not written whole
    first = [line for line in log.read_text("utf-8").splitlines() if line.startswith("en-")]
    log.unlink()
    done = processes.command(words, env, small_blocks)
    _, errors = done.communicate()
    assert done.returncode == 0, errors
    second = [line for line in log.read_text("utf-8").splitlines() if line.startswith("en-")]
    assert len(second) == 12 - 4
    assert set(first[:4]).isdisjoint(second)
    assert len({*first, *second}) == 12
    (rows,) = (tmp_path / "store").rglob("rows.jsonl")
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    assert [row["text"] for row in found] == [f"s{number} s{'even odd'.split()[number % 2]}." for number in range(12)]
    assert [row["label"] for row in found] == ["even", "odd"] * 6
    assert not list((tmp_path / "store").rglob("said.jsonl"))
