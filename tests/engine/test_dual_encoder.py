"""The dual encoder's loss against torch's own form, the batches of a step, and the sides of a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xharness.engine.dual_encoder import add_scale, in_batch_loss, objective, remove_scale
from xharness.engine.objectives import feature


def features(lengths, start=5):
    return [feature(list(range(start, start + length)), None, []) for length in lengths]


def bag(model, inputs):
    """A pool that needs no encoder: the mean of the embeddings of real tokens."""
    mask = inputs["attention_mask"].unsqueeze(-1)
    return (model(inputs["input_ids"]) * mask).sum(1) / mask.sum(1)


def made(queries, candidates, negatives=4):
    return objective("toy", features(queries), features(candidates, 50), 1, negatives, bag)


def test_the_loss_is_the_softmax_over_the_cosines_of_the_batch():
    torch.manual_seed(0)
    left, right = torch.randn(3, 8), torch.randn(3, 8)
    loss = in_batch_loss(left, right, torch.tensor([7.0]))
    cosines = torch.stack([torch.stack([torch.cosine_similarity(a, b, dim=0) for b in right]) for a in left])
    wanted = -sum(torch.log_softmax(7.0 * cosines[row], dim=0)[row] for row in range(3))
    assert torch.allclose(loss, wanted, atol=1e-5)


def test_a_lone_query_has_nothing_to_learn():
    assert float(in_batch_loss(torch.randn(1, 4), torch.randn(1, 4), torch.tensor([100.0]))) == 0.0


@given(st.integers(1, 70), st.integers(1, 9), st.integers(1, 500))
def test_a_step_is_cut_between_those_contrasted(size, negatives, budget):
    parts = made([3] * size, [4] * size, negatives).parts(np.full(size, 7), budget)
    assert sorted(np.concatenate(parts).tolist()) == list(range(size))
    assert all(len(part) % negatives == 0 for part in parts[:-1])
    assert all(7 * len(part) <= budget or len(part) <= negatives for part in parts)


def test_what_is_computed_together_changes_nothing():
    torch.manual_seed(1)
    model = torch.nn.Embedding(80, 8)
    add_scale(model)
    task = made([2, 3, 4, 2, 5, 2, 3], [6, 4, 5, 3, 3, 8, 2], negatives=2)
    whole, pieces = (
        [task.loss(model, task.batch(part)) for part in task.parts(task.lengths, budget)] for budget in (10_000, 1)
    )
    assert len(whole) == 1
    assert len(pieces) == 4
    assert torch.allclose(whole[0][0], sum(loss for loss, _ in pieces))
    assert whole[0][1] == sum(count for _, count in pieces) == 7


def test_both_sides_are_padded_on_their_own():
    task = made([2, 3], [6, 4])
    assert task.lengths.tolist() == [8, 7]
    batch = task.batch(np.array([0, 1]))
    assert batch["input_ids"].tolist() == [[5, 6, 1], [5, 6, 7]]
    assert batch["candidate_input_ids"].shape == (2, 6)
    assert batch["candidate_attention_mask"].sum(1).tolist() == [6, 4]


def test_the_scale_is_learned_and_taken_off():
    model = torch.nn.Embedding(80, 8)
    add_scale(model)
    task = made([2, 3, 4], [6, 4, 5])
    loss, _ = task.loss(model, task.batch(np.arange(3)))
    loss.backward()
    assert model.scale.item() == 100.0
    assert model.scale.grad.abs() > 0
    remove_scale(model)
    assert list(model.state_dict()) == ["weight"]


@pytest.mark.parametrize("seed", [0, 1])
def test_what_belongs_together_is_learned(seed):
    torch.manual_seed(seed)
    model = torch.nn.Embedding(200, 16)
    add_scale(model)
    queries = [feature([number], None, []) for number in range(20)]
    candidates = [feature([100 + number], None, []) for number in range(20)]
    task = objective("toy", queries, candidates, 0, 4, bag)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for step in range(60):
        for part in task.parts(task.lengths, 100):
            order = np.random.default_rng(step).permutation(20)[part]
            loss, count = task.loss(model, task.batch(order))
            (loss / count).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.inference_mode():
        unit = torch.nn.functional.normalize(model.weight, dim=1)
    assert (unit[:20] @ unit[100:120].T).argmax(1).tolist() == list(range(20))
