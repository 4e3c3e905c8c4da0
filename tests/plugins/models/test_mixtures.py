"""Several tasks are learnt at once by one encoder, and what is written is a checkpoint like any other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from tests.models import KINDS, tiny_checkpoint
from tests.plugins.models.tiny import OPTIONS, TASKS, examples, finetune, gold, load, measure, mix, predictions, right
from xharness import BadRequest, Mixing, PassageRetrieval, StageError, TaskTraining, Tuning
from xharness_plugins.models.hf import HF

CAPABILITIES = ("answer", "choose", "classify", "tag")
LONG = Tuning(epochs=40, learning_rate=2e-3, batch_size=8, selection="last")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


def train(path, out, *, capabilities=CAPABILITIES, tuning=LONG, mixing=None, head=None, dev=False, rows=None):
    tasks = [
        TaskTraining(
            task=TASKS[each],
            tuning=TASKS[each].tuning,
            train=iter(examples(each) if rows is None else rows),
            dev=examples(each) if dev else None,
            measure=measure(TASKS[each], examples(each)),
        )
        for each in capabilities
    ]
    return mix(path, out, tasks, tuning, mixing, head)


def weights(folder):
    return load_file(folder / "model.safetensors")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_an_encoder_that_learnt(plain, tmp_path, kind):
    report = train(plain[kind], tmp_path, tuning=Tuning(epochs=1, batch_size=8, learning_rate=1e-3, selection="last"))
    info = HF.inspect(tmp_path / "checkpoint", "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset(), ())
    assert report["steps"] == sum(each["steps"] for each in report["tasks"].values())
    assert set(report["tasks"]) == {TASKS[each].name for each in CAPABILITIES}
    json.dumps(report)
    before, after = weights(plain[kind]), weights(tmp_path / "checkpoint")
    assert all("classifier" not in name and "qa_outputs" not in name for name in after)
    changed = [name for name in after if "layer" in name and name.endswith("weight")]
    prefix = (
        "" if changed[0] in before else next(name for name in before if name.endswith(changed[0]))[: -len(changed[0])]
    )
    assert all(not torch.equal(after[name], before[prefix + name]) for name in changed)
    finetune(tmp_path / "checkpoint", tmp_path / "next", TASKS["tag"], epochs=0.1)
    assert load(tmp_path / "checkpoint", "embed").describe()["layers"] == info.layers


@pytest.mark.parametrize("head", ["choose", "tag"])
def test_all_tasks_are_learnt_by_one_encoder(plain, tmp_path, head):
    train(plain["xlmr"], tmp_path, head=TASKS[head].name)
    info = HF.inspect(tmp_path / "checkpoint", "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset({head} - {None}), getattr(TASKS[head], "labels", ()))
    assert right(predictions(load(tmp_path / "checkpoint", head), head), gold(head)) > 0.8


def test_one_task_alone_is_what_finetune_trains(plain, tmp_path):
    tuning = Tuning(epochs=2, learning_rate=1e-3, batch_size=8, selection="last")
    train(plain["bert"], tmp_path / "one", capabilities=("classify",), tuning=tuning, head=TASKS["classify"].name)
    given = {"epochs": 2, "learning_rate": 1e-3, "batch_size": 8, "warmup_steps": 0, "weight_decay": 0.0}
    finetune(plain["bert"], tmp_path / "other", TASKS["classify"], **given, selection="last")
    one, other = (weights(tmp_path / name / "checkpoint") for name in ("one", "other"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_encoder_is_taken_over_whole_and_heads_are_told(plain, tmp_path):
    told = train(plain["xlmr"], tmp_path, capabilities=("classify", "answer"), tuning=replace(LONG, epochs=0.1))
    assert (told["heads_dropped"], told["heads_created"]) == (["lm_head"], ["classifier", "qa_outputs"])
    given = [name for name in load_file(plain["xlmr"] / "model.safetensors") if name.startswith("roberta.")]
    assert told["encoder_weights"] == len(given)
    again = finetune(tmp_path / "checkpoint", tmp_path / "next", epochs=0.1)
    assert (again["heads_dropped"], again["encoder_weights"]) == ([], len(given))


def test_a_pooler_that_no_head_reads_goes_on(plain, tmp_path):
    finetune(plain["bert"], tmp_path / "first", epochs=0.1)
    first = tmp_path / "first/checkpoint"
    report = train(first, tmp_path, capabilities=("tag", "answer"), tuning=replace(LONG, epochs=0.1))
    before, after = (load_file(path / "model.safetensors") for path in (first, tmp_path / "checkpoint"))
    poolers = {name.removeprefix("bert."): value for name, value in before.items() if "pooler." in name}
    assert poolers
    assert all(torch.equal(value, after[name]) for name, value in poolers.items())
    assert "pooler" not in report["heads_dropped"]


def test_the_mean_of_the_dev_scores_selects(plain, tmp_path):
    report = train(
        plain["xlmr"], tmp_path, capabilities=("classify", "tag"), dev=True,
        tuning=Tuning(epochs=6, learning_rate=2e-3, batch_size=8, selection="dev", eval_steps=5),
    )  # fmt: skip
    assert max(score for _, score in report["dev"]) > 0
    assert max(score for _, score in report["dev"]) == dict(map(tuple, report["dev"]))[report["selected_step"]]


def test_steps_are_shared_out_as_asked(plain, tmp_path):
    tuning = Tuning(epochs=4, learning_rate=1e-4, batch_size=4, selection="last")
    told = train(plain["xlmr"], tmp_path, capabilities=("classify", "tag"), tuning=tuning, mixing=Mixing(exponent=0))
    first, second = (each["steps"] for each in told["tasks"].values())
    assert first == second


def test_what_cannot_be_trained_is_refused(plain, tmp_path):
    with pytest.raises(StageError, match="no training examples"):
        train(plain["xlmr"], tmp_path, rows=[])
    search = PassageRetrieval(name="search", languages=("en",))
    alone = TaskTraining(task=search, tuning=search.tuning, train=iter([{"text": "a"}]))
    with pytest.raises(BadRequest, match="'search' trains embeddings and has no head"):
        mix(plain["xlmr"], tmp_path, [alone], LONG)


def test_a_task_that_leaves_its_tags_to_its_examples(plain, tmp_path):
    task = replace(TASKS["tag"], labels=())
    tasks = [
        TaskTraining(task=each, tuning=each.tuning, train=iter(examples(each.kind.capability)))
        for each in (TASKS["classify"], task)
    ]
    mix(plain["xlmr"], tmp_path, tasks, replace(LONG, epochs=0.1), head=task.name)
    seen = dict.fromkeys(tag for row in examples("tag") for tag in row["tags"])
    assert HF.inspect(tmp_path / "checkpoint", "x", None, OPTIONS).labels == tuple(seen)
