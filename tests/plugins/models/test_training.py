"""Fine-tuning writes a checkpoint that is loaded like any other, and that knows what it was taught."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache

import pytest
import torch
from safetensors.torch import load_file

from tests.models import KINDS, TEXT, tiny_checkpoint, tiny_tokenizer
from tests.plugins.models.tiny import (
    OPTIONS,
    PLACES,
    SCRIPT,
    TASKS,
    WORDS,
    examples,
    finetune,
    gold,
    load,
    predictions,
    right,
    score,
)
from xharness import BadRequest, LoadOptions, StageError
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST

CAPABILITIES = tuple(TASKS)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


@pytest.fixture(scope="module")
def with_trained_head(plain, tmp_path_factory):
    @cache
    def train(kind, capability):
        out = tmp_path_factory.mktemp("trained")
        finetune(plain[kind], out, TASKS[capability], epochs=0.1)
        return out / "checkpoint"

    return train


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_what_was_learnt_by_heart_is_predicted(plain, tmp_path, kind, capability):
    task = TASKS[capability]
    report = finetune(plain[kind], tmp_path, task)
    loaded = load(tmp_path / "checkpoint", capability)
    # WordPiece vocabularies differ from process to process, and what is learnt with them does too.
    assert right(predictions(loaded, capability), gold(capability)) > 0.75
    assert report["loss"] < 0.5


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_folder_is_a_checkpoint_with_a_named_head(plain, with_trained_head, capability):
    path = with_trained_head("xlmr", capability)
    info = HF.inspect(path, "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset({capability} - {None}), getattr(TASKS[capability], "labels", ()))
    config = json.loads((path / "config.json").read_text("utf-8"))
    if info.labels:
        assert config["label2id"] == {label: place for place, label in enumerate(info.labels)}
    assert info.max_length == HF.inspect(plain["xlmr"], "x", None, OPTIONS).max_length


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_tokenizer_stays_what_it_was(plain, tmp_path, capability):
    from transformers import AutoTokenizer

    base = shutil.copytree(plain["roberta"], tmp_path / "base")
    # As RoBERTa itself is; a tagger must read every word with a space before it, which is not to be kept.
    AutoTokenizer.from_pretrained(base, add_prefix_space=False).save_pretrained(base)
    finetune(base, tmp_path, TASKS[capability], epochs=0.1)
    before, after = (AutoTokenizer.from_pretrained(path) for path in (base, tmp_path / "checkpoint"))
    assert before(TEXT, TEXT[::-1])["input_ids"] == after(TEXT, TEXT[::-1])["input_ids"]
    assert before("a")["input_ids"] != before(" a")["input_ids"]


def test_what_the_report_says(plain, tmp_path):
    told = []
    report = finetune(plain["bert"], tmp_path, epochs=2, report=told.append)
    assert {name: report[name] for name in ("device", "dtype", "examples", "inputs", "steps", "dev")} == {
        "device": "cpu", "dtype": "float32", "examples": 23, "inputs": 23, "steps": 6, "dev": [],
    }  # fmt: skip
    assert report["selected_step"] == 6
    assert (report["heads_dropped"], report["heads_created"]) == (["cls"], ["classifier", "pooler"])
    assert report["tokens"] == 2 * sum(len(tiny_tokenizer("bert")(line)["input_ids"]) for line in TEXT)
    assert report["training_seconds"] > 0
    assert told[-1]["step"] == told[-1]["total_steps"] == 6
    assert told[-1]["loss"] == report["loss"]
    json.dumps(report)


def test_long_examples_are_several_inputs(plain, tmp_path):
    words = [word for line in TEXT[:6] for word in line.split()]
    rows = [{"tokens": words, "tags": ["LONG"] * len(words)}]
    report = finetune(plain["xlmr"], tmp_path, WORDS, rows, epochs=1, max_length=32)
    assert report["examples"] == 1
    assert report["inputs"] > 5


def test_the_seed_alone_decides(plain, tmp_path):
    found = []
    for number, seed in enumerate((1, 1, 2)):
        torch.manual_seed(number)
        finetune(plain["xlmr"], tmp_path / str(number), seed=seed, epochs=1)
        found.append(load_file(tmp_path / str(number) / "checkpoint/model.safetensors"))
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())
    assert not all(torch.equal(value, found[2][name]) for name, value in found[0].items())


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_best_dev_score_selects(plain, tmp_path, capability):
    rows = examples(capability)
    report = finetune(plain["xlmr"], tmp_path, TASKS[capability], dev=iter(rows), selection="dev", epochs=15)
    steps, scores = zip(*report["dev"], strict=True)
    assert list(steps) == [*range(5, report["steps"], 5), report["steps"]]
    assert report["selected_step"] == steps[scores.index(max(scores))]
    assert score(load(tmp_path / "checkpoint", capability), capability, rows) == pytest.approx(max(scores))


def test_weights_that_lost_on_dev_are_not_kept(plain, tmp_path):
    contrary = [{**row, "label": "latin"} for row in examples("classify") if row["label"] != "latin"]
    report = finetune(plain["xlmr"], tmp_path, dev=contrary, selection="dev")
    best = max(dev for _, dev in report["dev"])
    assert report["selected_step"] < report["steps"]
    assert best > report["dev"][-1][1] == 0
    assert score(load(tmp_path / "checkpoint", "classify"), "classify", contrary) == pytest.approx(best)


def test_selection_is_by_the_numbers_of_evaluation(plain, tmp_path):
    rows, options = examples("classify"), LoadOptions(device="cpu", dtype="bfloat16")
    report = finetune(plain["xlmr"], tmp_path, dev=rows, selection="dev", epochs=15, options=options)
    assert report["dtype"] == "bfloat16"
    stored = load_file(tmp_path / "checkpoint/model.safetensors")
    assert {value.dtype for value in stored.values()} == {torch.float32}
    loaded = load(tmp_path / "checkpoint", "classify", options=options)
    assert score(loaded, "classify", rows) == pytest.approx(max(dev for _, dev in report["dev"]))


@pytest.mark.parametrize("dev", [None, []])
def test_selection_without_dev_examples_is_refused(plain, tmp_path, dev):
    with pytest.raises(BadRequest, match="task 'script' has no dev examples to select a checkpoint by"):
        finetune(plain["bert"], tmp_path, dev=dev, selection="dev")


def test_no_example_is_an_error(plain, tmp_path):
    with pytest.raises(StageError, match="task 'script': no training examples"):
        finetune(plain["bert"], tmp_path, rows=[])


def test_questions_whose_answers_are_nowhere_are_no_examples(plain, tmp_path):
    rows = [{**row, "answers": [{"text": "Timbuktu", "start": 0}]} for row in examples("answer")]
    with pytest.raises(StageError, match="no training examples"):
        finetune(plain["bert"], tmp_path, PLACES, rows)


@pytest.mark.parametrize("between", ["tag", "answer"])
def test_a_pooler_goes_on_through_tasks_whose_heads_read_none(with_trained_head, tmp_path, between):
    first, second = with_trained_head("bert", "classify"), tmp_path / "second/checkpoint"
    finetune(first, tmp_path / "second", TASKS[between], epochs=0.1)
    one, two = (load_file(folder / "model.safetensors") for folder in (first, second))
    poolers = [name for name in one if ".pooler." in name]
    assert poolers
    assert all(torch.equal(one[name], two[name]) for name in poolers)
    third = finetune(second, tmp_path / "third", TASKS["choose"], epochs=0.1)
    assert third["heads_created"] == ["classifier"]
    fresh = finetune(second, tmp_path / "fresh", TASKS["choose"], epochs=0.1, fresh_pooler=True)
    assert fresh["heads_created"] == ["classifier", "pooler"]


@pytest.mark.parametrize("kind", ["xlmr", "bert"])
@pytest.mark.parametrize("first", CAPABILITIES)
@pytest.mark.parametrize("second", CAPABILITIES)
def test_a_head_gives_way_to_the_next_task(with_trained_head, tmp_path, kind, first, second):
    task = replace(SCRIPT, name="two", labels=("other", "latin")) if first == second == "classify" else TASKS[second]
    rows = [row for row in examples(second) if row.get("label") != "eastern"]
    report = finetune(with_trained_head(kind, first), tmp_path / "second", task, rows, epochs=0.1)
    head = "qa_outputs" if second == "answer" else "classifier"
    dropped = "qa_outputs" if first == "answer" else "classifier"
    assert report["heads_dropped"] == [dropped]
    assert head in report["heads_created"]
    info = HF.inspect(tmp_path / "second/checkpoint", "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset({second} - {None}), getattr(task, "labels", ()))
    assert len(predictions(load(tmp_path / "second/checkpoint", second, task), second)) == len(examples(second))


def test_a_sentence_transformers_folder_is_trained_from_its_encoder(minilm, tmp_path):
    report = finetune(minilm, tmp_path, model=ST, epochs=1, max_length=32, learning_rate=1e-4)
    assert report["heads_created"] == ["classifier"]
    assert not (tmp_path / "checkpoint/modules.json").exists()
    loaded = load(tmp_path / "checkpoint", "classify", model=ST)
    assert right(predictions(loaded, "classify"), gold("classify")) > 0.3


def test_the_mean_of_a_training_is_a_checkpoint_too(plain, tmp_path):
    report = finetune(plain["xlmr"], tmp_path, TASKS["tag"], selection="average")
    assert report["averaged"] == 10
    assert report["dev"] == []
    assert right(predictions(load(tmp_path / "checkpoint", "tag"), "tag"), gold("tag")) > 0.8


def test_a_head_without_labels_after_one_with_three_is_made_without_a_warning(plain, tmp_path, capfd):
    task = replace(SCRIPT, labels=(*SCRIPT.labels, "neither"))
    finetune(plain["xlmr"], tmp_path / "first", task, epochs=1)
    finetune(tmp_path / "first" / "checkpoint", tmp_path / "second", TASKS["answer"], epochs=1)
    assert "num_labels" not in "".join(capfd.readouterr())
    config = json.loads((tmp_path / "second" / "checkpoint" / "config.json").read_text("utf-8"))
    assert "id2label" not in config or len(config["id2label"]) == 2
