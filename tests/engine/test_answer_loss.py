"""The loss of a decoder on the answers of texts, against a plain loop over them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.engine.decoders import MAKERS, llama, model
from tests.engine.trainings import run
from xharness.engine.answer_loss import answer_feature, answer_objective
from xharness.engine.likelihood import Pair, Scorer
from xharness.engine.training import Schedule


def texts(count=9, seed=3):
    """Texts of contexts and answers; each third one has two answers."""
    rng = random.Random(seed)

    def ids(most):
        return [rng.randrange(3, 200) for _ in range(rng.randrange(1, most))]

    return [
        [(ids(20), False), (ids(5), True), *([(ids(4), False), (ids(3), True)] if number % 3 == 0 else [])]
        for number in range(count)
    ]


def plain(network, parts):
    """Return the summed cross-entropy of the answers of one text, and their number of tokens."""
    ids = [token for own, _ in parts for token in own]
    counts = [answers for own, answers in parts for _ in own]
    logits = network(input_ids=torch.tensor([ids])).logits[0].float()
    losses = functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]), reduction="none")
    return sum(loss for loss, counted in zip(losses, counts[1:], strict=True) if counted), sum(counts[1:])


def gradients(network):
    return {name: value.grad.clone() for name, value in network.named_parameters() if value.grad is not None}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_gradient_of_a_step_is_that_of_a_plain_loop(maker):
    network, rows = model(maker), texts()
    for parts in rows:
        loss, _ = plain(network, parts)
        loss.backward()
    expected = gradients(network)
    network.zero_grad()
    made = answer_objective("words", [answer_feature(parts) for parts in rows], pad_id=0)
    total, terms = 0.0, 0
    for part in made.parts(made.lengths, 60):
        loss, count = made.loss(network, made.batch(part))
        loss.backward()
        total, terms = total + loss.item(), terms + count
    own = [plain(network, parts) for parts in rows]
    assert total == pytest.approx(sum(loss.item() for loss, _ in own), rel=1e-5)
    assert terms == sum(count for _, count in own)
    assert gradients(network).keys() == expected.keys()
    for name, value in gradients(network).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)


def test_tokens_of_a_context_are_no_targets_and_the_first_token_of_a_text_neither():
    found = answer_feature([([5, 6], False), ([7, 8], True), ([9], False), ([4], True)])
    assert found.ids.tolist() == [5, 6, 7, 8, 9]
    assert found.target.tolist() == [-100, 7, 8, -100, 4]
    assert answer_feature([([5, 6], True)]).target.tolist() == [6]


def test_a_model_learns_eight_examples_and_then_chooses_all_right_answers(tmp_path):
    rng = random.Random(2)
    contexts = [tuple(rng.randrange(3, 200) for _ in range(12)) for _ in range(8)]
    choices, right = [(11, 12), (13, 14)], [0, 1, 1, 0, 1, 0, 0, 1]
    network = model(llama)

    def chosen():
        pairs = [Pair(context, choice) for context in contexts for choice in choices]
        scores = np.array(list(Scorer(network.eval(), torch.device("cpu"), 0, 512).score(pairs))).reshape(-1, 2)
        return scores.argmax(axis=1).tolist()

    assert chosen() != right
    rows = [[(context, False), (choices[label], True)] for context, label in zip(contexts, right, strict=True)]
    made = answer_objective("words", [answer_feature(parts) for parts in rows], pad_id=0)
    run(network, tmp_path, Schedule(epochs=30, batch_size=8, learning_rate=3e-3, seed=1), [made])
    assert chosen() == right
