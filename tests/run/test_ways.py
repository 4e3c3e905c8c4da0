"""An adapter without heads evaluates a classification task by the log-likelihood of its label texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import reader, toy
from xharness import BadRequest
from xharness.registry import Registry
from xharness.run.export.rescore import rescore
from xharness_leaderboard.board import build
from xharness_leaderboard.records import read_all
from xharness_leaderboard.validation import validate

PROMPT = """
from dataclasses import replace
from xharness import Prompt, Template, hookimpl
from tests import toy

@hookimpl
def xharness_tasks():
    for task in toy.xharness_tasks():
        if task.name == "toy-parity":
            yield replace(task, name="parity")

@hookimpl
def xharness_prompts():
    words = Template(context="{{text}} even", choices={{"even": "{even}", "odd": "odd"}})
    yield Prompt(task="parity", templates={{"*": words}}, version={version})
"""


@pytest.fixture
def model(tmp_path):
    return str(reader.checkpoint(tmp_path / "model"))


def load(folder: Path, even: str = "even", version: int = 1) -> Registry:
    (folder / "prompted.py").write_text(PROMPT.format(even=even, version=version), encoding="utf-8")
    files = [Path(reader.__file__), Path(toy.__file__), folder / "prompted.py"]
    return Registry.load(list(map(str, files)), third_parties=False)


def cells(results):
    return {cell["language"]: cell for cell in results["cells"]}


def test_predictions_are_the_most_likely_labels_and_say_how_they_were_made(run, tmp_path):
    results = run(tasks=["parity"], recipe="as-is", registry=load(tmp_path))
    rows = [json.loads(line) for line in (tmp_path / "out/predictions/parity/sw.jsonl").read_text("utf-8").splitlines()]
    assert {row["prediction"] for row in rows} == {"even"}  # the one that its context holds
    assert rows[0]["scores"] == pytest.approx([0.5 / 0.51, 0.01 / 0.51], abs=1e-6)
    cell = cells(results)["sw"]
    assert cell["way"] == {
        "name": "loglikelihood",
        "version": 1,
        "prompt": 1,
        "words": "parity.english",
        "language": "*",
    }
    [accuracy] = cell["metrics"].values()
    assert accuracy["signature"].endswith("|way:loglikelihood.1|prompt:parity.english.1")
    gold = [row["label"] for row in toy.rows(load(tmp_path).get("tasks", "parity"), "sw", "test")]
    assert accuracy["value"] == 100 * gold.count("even") / len(gold)


def test_another_prompt_is_another_prediction(run, tmp_path):
    first = run(tasks=["parity"], recipe="as-is", registry=load(tmp_path))
    same = run(tasks=["parity"], recipe="as-is", registry=load(tmp_path), out="same")
    other = run(tasks=["parity"], recipe="as-is", registry=load(tmp_path, even="even or not"), out="other")
    keys = [cells(results)["sw"]["artifacts"]["predict"] for results in (first, same, other)]
    assert keys[0] == keys[1] != keys[2]


def test_rescoring_keeps_the_signature(run, tmp_path):
    before = run(tasks=["parity"], recipe="as-is", registry=load(tmp_path))
    _, after = rescore(tmp_path / "out", load(tmp_path))
    assert after["cells"] == before["cells"]


def test_xnli_is_answered_in_words(run, tmp_path):
    results = run(tasks=["xnli"], languages=["en", "sw"], source="mini", recipe="as-is", registry=load(tmp_path))
    assert {cell["status"] for cell in results["cells"]} == {"ok"}
    assert {cell["way"]["name"] for cell in results["cells"]} == {"loglikelihood"}
    task = load(tmp_path).get("tasks", "xnli")
    source = load(tmp_path).get("sources", "mini")
    _, words = load(tmp_path).prompts("xnli")[0].template("sw")
    from xharness import DataOptions

    rows = source.load(task, "sw", "test", DataOptions())
    expected = [max(task.labels, key=lambda label: likelihood(words, label, row)) for row in rows]
    lines = (tmp_path / "out/predictions/xnli/sw.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["prediction"] for line in lines] == expected
    assert len(set(expected)) > 1


def likelihood(words, label, row):
    return reader.loglikelihood(words.context.format(**row), words.choices[label].format(**row))


def test_another_prompt_is_another_entry_of_a_leaderboard(run, tmp_path):
    for version in (1, 2):
        run(tasks=["parity"], recipe="as-is", registry=load(tmp_path, version=version), out=f"v{version}")
    runs, refused = read_all([tmp_path / "v1", tmp_path / "v2"])
    assert not refused
    content = build(runs, {"parity": load(tmp_path).get("tasks", "parity")}, {})
    prompts = sorted(entry["ways"]["parity"]["prompt"] for entry in content["entries"])
    assert prompts == [1, 2]
    validate(content)


def test_a_recipe_that_trains_is_refused_and_as_is_named(run, tmp_path):
    with pytest.raises(BadRequest, match=r"'reader' cannot fine-tune; use --recipe as-is$"):
        run(tasks=["parity"], registry=load(tmp_path))


def test_a_task_without_a_prompt_cannot_be_asked_in_words(run, tmp_path):
    with pytest.raises(
        BadRequest, match=r"'toy-parity' .* needs a model that can classify; the adapter 'reader' can compute log-l"
    ):
        run(tasks=["toy-parity"], recipe="as-is", registry=load(tmp_path))
