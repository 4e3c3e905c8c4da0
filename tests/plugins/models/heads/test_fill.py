"""Filling in texts: a language-modelling head is trained, written, and left behind by the next training."""

from __future__ import annotations

import json
import math

import pytest
import torch
from safetensors.torch import load_file

from tests.models import KINDS, TEXT, tiny_checkpoint
from tests.plugins.models.tiny import OPTIONS, TASKS, examples, finetune, load, measure, mix, training, vectors
from xharness import BadRequest, Corpus, Mixing, TaskTraining, Tuning
from xharness.engine.checkpoints import quiet
from xharness.engine.mlm import fixed
from xharness_plugins.models import trainable
from xharness_plugins.models.heads.fill import FILL
from xharness_plugins.models.heads.head import LoadedEncoder
from xharness_plugins.models.hf import HF
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.loading import stream_on
from xharness_plugins.models.st import ST

CORPUS = Corpus(name="lines", languages=("en", "sw"))
ROWS = [{"text": line, "language": "sw" if number % 2 else "en"} for number, line in enumerate(TEXT)]
FAST = {"epochs": 30, "learning_rate": 3e-3, "batch_size": 8}
WORDS = {"xlmr": "roberta.embeddings.word_embeddings.weight", "bert": "bert.embeddings.word_embeddings.weight",
         "roberta": "roberta.embeddings.word_embeddings.weight"}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


def fill(path, out, rows=ROWS, dev=ROWS, **more):
    return finetune(path, out, CORPUS, rows, iter(dev), **more)


def weights(path):
    return load_file(path / "model.safetensors")


def filler(path):
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    with quiet():
        return AutoModelForMaskedLM.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)


def by_hand(path, texts):
    """Return the perplexity that transformers' own loss gives on the masks that the harness uses."""
    model, tokenizer = filler(path)
    encoder = LoadedEncoder(
        model=model,
        tokenizer=tokenizer,
        stream=stream_on(torch.device("cpu"), tokenizer, 64, OPTIONS),
        max_length=Folder.read(path).max_length,
        dtype=torch.float32,
    )
    rows = [{"text": text} for text in texts]
    made = FILL.objective(encoder, TaskTraining(task=CORPUS, tuning=CORPUS.tuning, train=rows))
    losses, counts = [], []
    for batch in fixed(made, seed=0):
        given = {name: value for name, value in batch.items() if name != "targets"}
        with torch.inference_mode():
            losses.append(float(model(**given, labels=batch["targets"]).loss))
        counts.append(int((batch["targets"] != -100).sum()))
    return math.exp(sum(loss * count for loss, count in zip(losses, counts, strict=True)) / sum(counts))


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_learnt_with_the_checkpoints_own_head(plain, tmp_path, kind):
    report = fill(plain[kind], tmp_path, **FAST)
    assert (report["heads_dropped"], report["heads_created"]) == ([], [])
    assert set(report["perplexity"]) == {"en", "sw"}
    for code, found in report["perplexity"].items():
        assert found["after"] < 0.5 * found["before"]
        lines = [row["text"] for row in ROWS if row["language"] == code]
        assert found["before"] == pytest.approx(by_hand(plain[kind], lines), rel=1e-3)
        assert found["after"] == pytest.approx(by_hand(tmp_path / "checkpoint", lines), rel=1e-3)
    json.dumps(report)
    model, _ = filler(tmp_path / "checkpoint")
    assert torch.equal(model.get_output_embeddings().weight, model.get_input_embeddings().weight)
    assert not torch.equal(weights(tmp_path / "checkpoint")[WORDS[kind]], weights(plain[kind])[WORDS[kind]])


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_an_encoder_that_is_trained_further(plain, tmp_path, kind):
    fill(plain[kind], tmp_path / "first", epochs=1)
    first = tmp_path / "first" / "checkpoint"
    info = HF.inspect(first, "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset(), ())
    assert len(vectors(load(first, "embed"), TEXT)) == len(TEXT)
    for capability, task in TASKS.items():
        report = finetune(first, tmp_path / capability, task, epochs=0.1)
        assert set(report["heads_dropped"]) == {"cls" if kind == "bert" else "lm_head"}
        assert len(
            list(getattr(load(tmp_path / capability / "checkpoint", capability), capability)(examples(capability)))
        )


def with_pooler(base, out):
    """Write a checkpoint with a head for texts and a pooler, as BERT and XLM-R are on the hub."""
    from transformers import AutoModel

    model, tokenizer = filler(base)
    with quiet():
        model.base_model.pooler = AutoModel.from_pretrained(base).pooler
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
    return out


@pytest.mark.parametrize("kind", ["xlmr", "bert"])
def test_a_pooler_is_handed_on_as_it_was(plain, tmp_path, kind):
    base = with_pooler(plain[kind], tmp_path / "base")
    report = fill(base, tmp_path / "first", epochs=1)
    assert report["heads_dropped"] == []
    before, after = weights(base), weights(tmp_path / "first" / "checkpoint")
    poolers = [name for name in before if "pooler" in name]
    assert len(poolers) == 2
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in poolers)
    report = finetune(tmp_path / "first" / "checkpoint", tmp_path / "second", TASKS["choose"], epochs=0.1)
    assert report["heads_created"] == ["classifier"]


def test_a_head_that_a_checkpoint_lacks_is_made_and_reported(plain, tmp_path, minilm):
    finetune(plain["xlmr"], tmp_path / "first", TASKS["tag"], epochs=0.1)
    report = fill(tmp_path / "first" / "checkpoint", tmp_path / "second", epochs=1)
    assert (report["heads_dropped"], report["heads_created"]) == (["classifier"], ["lm_head"])
    report = fill(minilm, tmp_path / "third", rows=ROWS[:8], dev=(), epochs=1, max_length=32, model=ST)
    assert report["heads_created"] == ["cls"]
    assert "perplexity" not in report


def test_texts_are_cut_and_a_few_hundred_are_measured(plain, tmp_path):
    report = fill(plain["xlmr"], tmp_path, rows=[{"text": " ".join(TEXT)}], dev=ROWS * 30, epochs=1, max_length=16)
    assert (report["inputs"], report["tokens"]) == (1, 16)
    few = fill(plain["xlmr"], tmp_path / "few", rows=[{"text": TEXT[0]}], dev=ROWS * 20, epochs=1, max_length=16)
    assert few["perplexity"]["en"]["before"] == report["perplexity"]["en"]["before"]  # the first 200 of 240 and of 360


def test_what_cannot_be_is_refused(plain, tmp_path):
    with pytest.raises(BadRequest, match="'lines' has no dev score to select a checkpoint by"):
        fill(plain["xlmr"], tmp_path, selection="dev")
    from transformers import AutoTokenizer

    base = with_pooler(plain["xlmr"], tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.mask_token = None
    tokenizer.save_pretrained(base)
    with pytest.raises(BadRequest, match="the tokenizer has no mask token"):
        fill(base, tmp_path / "out")


def mixed(path, out, share=0.25, capabilities=("tag", "classify"), **tuning):
    tuning = Tuning(**{"epochs": 4, "learning_rate": 1e-3, "batch_size": 8, "selection": "last", **tuning})
    tasks = [
        TaskTraining(
            task=TASKS[each],
            tuning=tuning,
            train=examples(each),
            dev=examples(each),
            measure=measure(TASKS[each], examples(each)),
        )
        for each in capabilities
    ]
    tasks.append(TaskTraining(task=CORPUS, tuning=tuning, train=ROWS, dev=ROWS, share=share))
    return mix(path, out, tasks, tuning)


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_learnt_beside_tasks_with_their_share_of_the_steps(plain, tmp_path, kind):
    report = mixed(plain[kind], tmp_path)
    steps = {name: each["steps"] for name, each in report["tasks"].items()}
    assert steps == {"words": 8, "script": 12, "lines": round((8 + 12) / 3)}
    assert all(found["after"] < found["before"] for found in report["perplexity"].values())
    assert not [name for name in weights(tmp_path / "checkpoint") if "lm_head" in name or "cls." in name]
    assert HF.inspect(tmp_path / "checkpoint", "x", None, OPTIONS).ready == frozenset()


def test_a_head_for_texts_beside_tasks_is_tied_to_the_embeddings_that_all_share(plain, tmp_path):
    tasks = tuple(TaskTraining(task=each, tuning=each.tuning, train=[]) for each in (TASKS["tag"], CORPUS))
    given = training(plain["xlmr"], tmp_path, tasks, CORPUS.tuning, None, mixing=Mixing())
    one, two = trainable.load(given).module
    assert two.get_output_embeddings().weight is one.get_input_embeddings().weight
    assert two.get_input_embeddings() is one.get_input_embeddings()


def test_texts_count_for_nothing_in_the_dev_score(plain, tmp_path):
    given = {"selection": "dev", "eval_steps": 100}
    report = mixed(plain["xlmr"], tmp_path, capabilities=("tag",), epochs=20, learning_rate=3e-3, **given)
    assert report["dev"][-1][1] > 90
