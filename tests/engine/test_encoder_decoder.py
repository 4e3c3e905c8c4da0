"""Encoder-decoders: targets in batches score, and are written, as one example at a time through the whole model."""

from __future__ import annotations

import random

import pytest
import torch

from tests.engine.encoder_decoders import MAKERS, bart, mbart, model, mt5, start, t5
from xharness import StageError
from xharness.engine.encoder_decoder import Target, TargetScorer
from xharness.engine.encoder_decoder_generation import TargetGenerator
from xharness.engine.generation import Ask


def ids(rng, least, most):
    return tuple(rng.randrange(3, 200) for _ in range(rng.randrange(least, most)))


def requests(contexts=20, seed=1):
    rng = random.Random(seed)
    return [Target(context, ids(rng, 1, 7)) for context in [ids(rng, 1, 40) for _ in range(contexts)] for _ in range(3)]


def plain(network, pair, before):
    """One forward pass with the whole target."""
    given = torch.tensor([[*before, *pair.ids[:-1]]])
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([pair.context]), decoder_input_ids=given).logits[0]
    scores = logits.float().log_softmax(-1)[len(before) - 1 :]
    return scores[range(len(pair.ids)), list(pair.ids)].sum().item()


def scorer(network, forced=None, **more):
    usual = {"budget": 256, "start": start(network, forced)}
    return TargetScorer(network, torch.device("cpu"), pad_id=network.config.pad_token_id, **usual, **more)


def generator(network, forced=None, ends=None, **more):
    usual = {"budget": 256, "start": start(network, forced), "ends": ends or frozenset({network.config.eos_token_id})}
    return TargetGenerator(network, torch.device("cpu"), pad_id=network.config.pad_token_id, **usual, **more)


@pytest.mark.parametrize("maker", MAKERS)
def test_targets_in_batches_score_as_plain_forward_passes(maker):
    network, pairs = model(maker), requests()
    expected = [plain(network, pair, start(network)) for pair in pairs]
    for exact in (False, True):
        found = list(scorer(network, exact=exact).score(iter(pairs)))
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_a_forced_first_token_is_given_and_not_scored():
    network, pairs = model(mbart), requests(6)
    expected = [plain(network, pair, start(network, 7)) for pair in pairs]
    found = list(scorer(network, forced=7).score(pairs))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-4)
    assert found != pytest.approx(list(scorer(network).score(pairs)), abs=1e-2)


def test_windows_and_few_logits_in_memory_change_nothing(monkeypatch):
    network, pairs = model(mt5), requests(10)
    random.Random(3).shuffle(pairs)
    expected = list(scorer(network).score(pairs))
    monkeypatch.setattr("xharness.engine.encoder_decoder._LOGITS", 1500)
    monkeypatch.setattr("xharness.engine.encoder_decoder._WINDOW", 60)
    assert list(scorer(network).score(pairs)) == pytest.approx(expected, rel=1e-5)


def test_a_context_is_encoded_once_for_its_targets():
    network, counted, encoded = model(t5), [], []
    network.get_encoder().register_forward_hook(
        lambda module, args, kwargs, output: encoded.append(kwargs["input_ids"].shape), with_kwargs=True
    )
    context = tuple(range(3, 40))
    pairs = [Target(context, (5, 6)), Target(context, (7,)), Target(context, (8, 9, 10))]
    list(scorer(network, on_tokens=counted.append).score(pairs))
    assert encoded == [(1, len(context))]
    assert sum(counted) == len(context) + 2 + 1 + 3


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("forced", [None, 7])
def test_generated_tokens_are_those_of_the_library(maker, forced):
    network, rng = model(maker), random.Random(2)
    prompts = [ids(rng, 1, 30) for _ in range(12)]
    # BART ends cut texts with its last token; and random models hardly ever write their own end.
    network.generation_config.forced_eos_token_id = None
    with torch.inference_mode():
        first = network.generate(torch.tensor([prompts[0]]), do_sample=False, num_beams=1, max_new_tokens=4)
    end = int(first[0, 4])
    network.generation_config.eos_token_id = end
    most = [rng.randrange(2, 12) for _ in prompts]
    found = list(
        generator(network, forced, ends=frozenset({end})).generate(
            Ask(prompt, number) for prompt, number in zip(prompts, most, strict=True)
        )
    )
    before = len(start(network, forced))
    for prompt, number, written in zip(prompts, most, found, strict=True):
        with torch.inference_mode():
            made = network.generate(
                torch.tensor([prompt]), do_sample=False, num_beams=1, max_new_tokens=number + before - 1,
                forced_bos_token_id=forced, pad_token_id=network.config.pad_token_id,
            )[0, before:].tolist()  # fmt: skip
        assert written.ids == (made[: made.index(end)] if end in made else made)
        assert written.reason == ("stop" if end in made else "length")


def test_a_stop_text_ends_a_text():
    network = model(bart)
    [free] = generator(network, ends=frozenset({-1})).generate([Ask((5, 6, 7), 8)])
    stop = str(free.ids[2])
    shown = {"decode": lambda tokens: " ".join(map(str, tokens)), "ends": frozenset({-1})}
    [written] = generator(network, **shown).generate([Ask((5, 6, 7), 8, (f" {stop}",))])
    assert written.reason == "stop"
    assert written.ids == free.ids[: len(written.ids)] and len(written.ids) <= 3


def test_outputs_that_are_no_numbers_fail():
    network = model(t5)
    network.decoder.block[0].layer[0].SelfAttention.o.weight.data[0] = float("nan")
    for act in (
        lambda: list(scorer(network).score(requests(2))),
        lambda: list(generator(network).generate([Ask((5, 6), 3)])),
    ):
        with pytest.raises(StageError, match="outputs hold NaN or infinite values"):
            act()
