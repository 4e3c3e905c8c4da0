"""A dual encoder from end to end: trained on queries and candidates, saved, and embedding as it was trained to."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from tests.models import KINDS, TEXT, tiny_checkpoint
from tests.plugins.models.tiny import OPTIONS, SCRIPT, finetune
from xharness import BadRequest, PassageRetrieval, StageError, Tuning
from xharness_plugins.models.hf import HF

TASK = PassageRetrieval(
    name="ends",
    languages=("en",),
    train="en",
    tuning=Tuning(epochs=120, batch_size=24, negatives=24, learning_rate=2e-3, max_length=40, selection="last"),
    query_length=12,
    candidate_length=30,
)
# A query is the beginning of a line, the candidate that answers it the end.
ROWS = [
    {"id": str(number), "text": line[:20], "gold": [], "positive": line[20:]}
    for number, line in enumerate(TEXT)
    if len(line) > 40
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


def embed(path, texts, length=None, **params):
    loaded = HF.load(path=path, capability="embed", task=None, params=params, options=OPTIONS)
    return np.concatenate(list(loaded.embed(iter(texts), max_length=length))), loaded.describe()


def found(path):
    """The share of queries whose own candidate is the nearest."""
    sides = (("text", TASK.query_length), ("positive", TASK.candidate_length))
    queries, candidates = (embed(path, [row[side] for row in ROWS], length)[0] for side, length in sides)
    queries, candidates = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (queries, candidates))
    return float(((queries @ candidates.T).argmax(1) == np.arange(len(ROWS))).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_ends_are_found_by_their_beginnings(plain, tmp_path, kind):
    done = finetune(plain[kind], tmp_path, TASK, ROWS)
    checkpoint = tmp_path / "checkpoint"
    assert found(plain[kind]) < 0.5 < 0.65 < found(checkpoint)
    assert done["inputs"] == len(ROWS)
    assert done["heads_created"] == ["pooler"]
    info = HF.inspect(checkpoint, "ends", None, OPTIONS)
    assert info.ready == {"embed"}


def test_vectors_are_those_of_the_pooler_that_was_trained(plain, tmp_path):
    finetune(plain["xlmr"], tmp_path, TASK, ROWS, epochs=1)
    texts = [row["text"] for row in ROWS[:5]]
    vectors, described = embed(tmp_path / "checkpoint", texts, layer=0, pooling="mean")
    assert (described["pooling"], described["layer"]) == ("pooler", 2)
    model = AutoModel.from_pretrained(tmp_path / "checkpoint").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "checkpoint")
    with torch.inference_mode():
        wanted = model(**tokenizer(texts, padding=True, return_tensors="pt")).pooler_output
    assert np.allclose(vectors, wanted.numpy(), atol=1e-5)


def test_lengths_are_the_tasks_unless_the_user_sets_one(plain):
    cut, _ = embed(plain["xlmr"], TEXT[:3], 5)
    whole, _ = embed(plain["xlmr"], TEXT[:3])
    fixed, _ = embed(plain["xlmr"], TEXT[:3], 5, max_length=400)
    assert not np.allclose(cut, whole, atol=1e-4)
    assert np.allclose(fixed, whole, atol=1e-5)


def test_the_next_task_is_not_taken_for_a_dual_encoder(plain, tmp_path):
    finetune(plain["xlmr"], tmp_path / "first", TASK, ROWS, epochs=1)
    finetune(tmp_path / "first" / "checkpoint", tmp_path / "second", SCRIPT, epochs=1)
    config = json.loads((tmp_path / "second" / "checkpoint" / "config.json").read_text("utf-8"))
    assert not config["xharness_pooling"]
    assert HF.inspect(tmp_path / "second" / "checkpoint", "second", None, OPTIONS).ready == {"classify"}


def test_a_query_without_a_candidate_is_refused(plain, tmp_path):
    with pytest.raises(StageError, match="training example 2 of task 'ends' has no positive candidate"):
        finetune(plain["xlmr"], tmp_path, TASK, [ROWS[0], {**ROWS[1], "positive": ""}])


def test_there_is_no_selecting(plain, tmp_path):
    with pytest.raises(BadRequest, match="selection=last"):
        finetune(plain["xlmr"], tmp_path, TASK, ROWS, dev=ROWS, selection="dev")
