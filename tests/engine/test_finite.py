"""NaN and infinite outputs are an error that names the layer and the dtype."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from xharness import StageError
from xharness.engine.finite import check_finite
from xharness.engine.inference import Sequence, Stream

CPU = torch.device("cpu")
SEQUENCES = [Sequence([1, 2, 3], None), Sequence([4, 5], None), Sequence([6], None)]


class Model(nn.Module):
    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.embeddings, self.output = nn.Embedding(9, 4, dtype=dtype), nn.Linear(4, 2, dtype=dtype)

    def forward(self, batch):
        return self.output(self.embeddings(batch["input_ids"]))


def rows(model, sequences=SEQUENCES):
    return list(Stream(CPU, pad_id=0).rows(iter(sequences), lambda batch: model(batch).mean(dim=1)))


def tokens(model, sequences=SEQUENCES):
    return list(Stream(CPU, pad_id=0).tokens(iter(sequences), model))


@pytest.mark.parametrize("run", [rows, tokens])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers_are_found_and_named(run, value):
    model = Model()
    with torch.no_grad():
        model.embeddings.weight[5, 2] = value
    assert run(model, SEQUENCES[:1])
    said = r"^outputs hold NaN or infinite values \(layer embeddings, float32\); the weights of this layer hold such"
    with pytest.raises(StageError, match=said):
        run(model)


@pytest.mark.parametrize("run", [rows, tokens])
def test_a_low_precision_is_named_and_float32_advised(run):
    model = Model(torch.bfloat16)
    with torch.no_grad():
        model.embeddings.weight.fill_(1e38)
        model.output.weight.fill_(1e38)
    with pytest.raises(StageError, match=r"\(layer output, bfloat16\); .*; try --dtype float32, "):
        run(model)


def test_values_that_overflow_in_float32_are_not_blamed_on_the_precision():
    model = Model()
    with torch.no_grad():
        model.embeddings.weight.fill_(1e38)
        model.output.weight.fill_(1e38)
    said = r"\(layer output, float32\); values overflow within the model; download or train the checkpoint again$"
    with pytest.raises(StageError, match=said):
        rows(model)


def test_values_that_overflow_after_the_last_layer_are_found():
    model = Model()
    with pytest.raises(StageError, match=r"\(layer after the last one, float32\)"):
        list(Stream(CPU, pad_id=0).rows(iter(SEQUENCES), lambda batch: model(batch).mean(dim=1) / 0))


def test_what_stands_at_padding_does_not_matter():
    def step(batch):
        return torch.where(batch["attention_mask"] == 1, 1.0, float("nan")).unsqueeze(-1)

    found = list(Stream(CPU, pad_id=0).tokens(iter(SEQUENCES), step))
    assert [each.tolist() for each in found] == [[[1.0]] * 3, [[1.0]] * 2, [[1.0]]]


def test_the_batch_is_run_again_only_for_the_message():
    def never():
        raise AssertionError

    check_finite(np.ones((2, 3), np.float32), None, never)
    check_finite(np.array([[1.0, np.nan], [1.0, 2.0]]), np.array([1, 2]), never)
