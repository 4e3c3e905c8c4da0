"""Encoders of every type are trained on every kind of task, saved and loaded, and predict the same again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.models import TEXT
from tests.plugins.models.encoders import TYPES, encoder
from tests.plugins.models.tiny import OPTIONS, TASKS, examples, load, training, vectors
from xharness import BadRequest, TaskTraining, Tuning
from xharness_plugins.models.attempt import attempt
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.heads.table import HEADS
from xharness_plugins.models.hf import HF
from xharness_plugins.models.trainable import save

TUNING = Tuning(epochs=1, batch_size=4, max_length=64, learning_rate=1e-3, selection="last", stride=24)
ROWS = 4


@pytest.fixture(scope="module", params=TYPES)
def path(request, tmp_path_factory):
    return encoder(tmp_path_factory.mktemp("encoder"), request.param)


@pytest.mark.parametrize("capability", TASKS)
def test_a_trained_head_predicts_the_same_after_loading(path, tmp_path, capability):
    task, rows = TASKS[capability], examples(capability)[:ROWS]
    steps = TaskTraining(task=task, tuning=TUNING, train=rows, dev=None, measure=None)
    wanted = training(path, tmp_path, (steps,), TUNING, task.name)
    trained = attempt(wanted)
    assert trained.progress.step >= 1
    assert np.isfinite(trained.progress.loss)
    encoder = trained.trainable.models[0].encoder
    encoder.model.eval()
    before = list(getattr(HEADS[capability].predictor(encoder, task, {}), capability)(examples(capability)))
    save(trained.trainable, wanted)
    info = HF.inspect(wanted.out, "trained", None, OPTIONS)
    assert info.ready == {capability}
    after = list(getattr(load(wanted.out, capability), capability)(examples(capability)))
    assert [row["prediction"] for row in before] == [row["prediction"] for row in after]
    for row in zip(before, after, strict=True):
        for name in ("scores", "score"):
            if name in row[0]:
                np.testing.assert_allclose(row[0][name], row[1][name], atol=1e-5)
    check_form(capability, [row["prediction"] for row in after])


def check_form(capability, found):
    rows = examples(capability)
    if capability == "tag":
        assert [len(tags) for tags in found] == [len(row["tokens"]) for row in rows]
        assert {tag for tags in found for tag in tags} <= set(TASKS["tag"].labels)
    elif capability == "classify":
        assert set(found) <= set(TASKS["classify"].labels)
    elif capability == "choose":
        assert all(0 <= choice < len(row["choices"]) for choice, row in zip(found, rows, strict=True))
    else:
        assert all(answer in row["context"] for answer, row in zip(found, rows, strict=True))


def test_vectors_do_not_depend_on_the_batch(path):
    loaded = load(path, "embed")
    together = vectors(loaded, TEXT[:8])
    assert together.shape == (8, 32)
    assert np.isfinite(together).all()
    alone = np.concatenate([vectors(loaded, [text]) for text in TEXT[:8]])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_a_causal_xlm_is_a_decoder(tmp_path):
    path = encoder(tmp_path / "xlm", "xlm")
    assert HF.inspect(path, "xlm", None, OPTIONS).layers == 2
    config = json.loads((path / "config.json").read_text("utf-8"))
    (path / "config.json").write_text(json.dumps(config | {"causal": True}), encoding="utf-8")
    with pytest.raises(BadRequest, match="decoder-only model"):
        HF.inspect(path, "xlm", None, OPTIONS)


def test_characters_as_tokens_are_refused_with_what_is_missing(tmp_path):
    path = encoder(tmp_path / "canine", "bert")
    (path / "tokenizer.json").unlink()
    with pytest.raises(BadRequest, match=r"no tokenizer; expected tokenizer\.json"):
        HF.inspect(path, "canine", None, OPTIONS)
    (path / "vocab.txt").write_text("a\n", encoding="utf-8")
    (path / "tokenizer_config.json").write_text('{"tokenizer_class": "CanineTokenizer"}', encoding="utf-8")
    with pytest.raises(BadRequest, match=r"CanineTokenizer is not a fast tokenizer; add its tokenizer\.json"):
        Checkpoint.read(path, OPTIONS).tokenizer()
