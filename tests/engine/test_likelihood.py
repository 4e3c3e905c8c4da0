from __future__ import annotations

import random

import pytest
import torch

from tests.engine.decoders import MAKERS, gemma3, llama, model
from xharness import StageError
from xharness.engine.likelihood import Pair, Scorer


def ids(rng, least, most):
    return tuple(rng.randrange(3, 200) for _ in range(rng.randrange(least, most)))


def requests(contexts=30, seed=1):
    rng = random.Random(seed)
    return [Pair(context, ids(rng, 1, 6)) for context in [ids(rng, 1, 30) for _ in range(contexts)] for _ in range(3)]


def plain(network, pair):
    """One forward pass over the whole sequence, as the definition says."""
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([[*pair.context, *pair.continuation]])).logits[0]
    before = logits.float().log_softmax(-1)[len(pair.context) - 1 : -1]
    return before[range(len(pair.continuation)), list(pair.continuation)].sum().item()


def scorer(network, **more):
    return Scorer(network, torch.device("cpu"), pad_id=0, **{"budget": 256, **more})


@pytest.mark.parametrize("maker", MAKERS)
def test_shared_contexts_in_batches_score_as_plain_forward_passes(maker):
    network, pairs = model(maker), requests()
    expected = [plain(network, pair) for pair in pairs]
    for exact in (False, True):
        found = list(scorer(network, exact=exact).score(pairs))
        assert found == pytest.approx(expected, abs=1e-5)


def test_few_logits_in_memory_score_the_same(monkeypatch):
    network, pairs = model(llama), requests(8)
    expected = list(scorer(network).score(pairs))
    monkeypatch.setattr("xharness.engine.branches._LOGITS", 1500)
    assert list(scorer(network).score(pairs)) == pytest.approx(expected, abs=1e-5)


def test_results_come_in_the_order_of_the_requests_whatever_the_windows(monkeypatch):
    network, pairs = model(llama), requests(12)
    random.Random(3).shuffle(pairs)
    expected = list(scorer(network).score(pairs))
    monkeypatch.setattr("xharness.engine.likelihood._WINDOW", 40)
    assert list(scorer(network).score(iter(pairs))) == pytest.approx(expected, abs=1e-5)


def test_a_context_is_computed_once_for_its_continuations():
    counted = []
    context = tuple(range(3, 40))
    pairs = [Pair(context, (number, 7)) for number in range(10, 14)]
    list(scorer(model(llama), on_tokens=counted.append).score(pairs))
    assert sum(counted) == len(context) + len(pairs)  # the last token of a continuation is only looked up


def test_weights_that_are_not_numbers_are_an_error():
    network = model(llama)
    with torch.no_grad():
        network.lm_head.weight[5] = float("nan")
    with pytest.raises(StageError, match=r"NaN or infinite values \(logits, float32\)"):
        list(scorer(network).score(requests(2)))


@pytest.mark.parametrize("maker", MAKERS)
def test_examples_before_all_questions_are_computed_once(maker):
    rng = random.Random(4)
    examples = tuple(rng.randrange(3, 200) for _ in range(40))
    pairs = [Pair(examples + pair.context, pair.continuation) for pair in requests(10, seed=5)]
    network, counted = model(maker), []
    expected = [plain(network, pair) for pair in pairs]
    found = list(scorer(network, on_tokens=counted.append).score(pairs))
    assert found == pytest.approx(expected, abs=1e-5)
    if maker is not gemma3:  # whose window is shorter than the examples
        assert sum(counted) < 40 + sum(len(pair.context) - 40 + len(pair.continuation) for pair in pairs)


def test_a_model_that_ignores_the_mask_is_scored_upon_cached_contexts():
    network, pairs = model(llama), requests(8)
    expected = [plain(network, pair) for pair in pairs]
    forward = network.forward

    def without_mask(*given, attention_mask=None, **more):
        mask = None if attention_mask is not None and attention_mask.ndim == 4 else attention_mask
        return forward(*given, attention_mask=mask, **more)

    network.forward = without_mask
    assert list(scorer(network).score(pairs)) == pytest.approx(expected, abs=1e-5)


def test_a_model_that_refuses_the_mask_is_scored_upon_cached_contexts():
    network, pairs = model(llama), requests(8)
    expected = [plain(network, pair) for pair in pairs]
    forward = network.forward

    def two_dimensions(*given, attention_mask=None, **more):
        if attention_mask is not None and attention_mask.ndim != 2:
            raise ValueError("the mask must have two dimensions")
        return forward(*given, attention_mask=attention_mask, **more)

    network.forward = two_dimensions
    assert list(scorer(network).score(pairs)) == pytest.approx(expected, abs=1e-5)


def test_only_tokens_that_are_scored_get_logits():
    network, sizes = model(llama), []
    network.lm_head.register_forward_hook(lambda _, given, out: sizes.append(out.shape[:-1].numel()))
    pairs = [Pair(tuple(range(3, 60)), (5, 6)), Pair(tuple(range(3, 60)), (7,))]
    list(scorer(network).score(pairs))
    assert max(sizes) <= 3
