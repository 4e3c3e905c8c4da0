"""Beam search writes what a plain one writes that computes the whole target for each beam and token."""

from __future__ import annotations

import random

import pytest
import torch

from tests.engine.encoder_decoders import MAKERS, bart, model, mt5, start
from xharness.engine.beam_generation import BeamGenerator
from xharness.engine.encoder_decoder_generation import TargetGenerator
from xharness.engine.generation import Ask

BEAMS, MOST = 3, 6


def prompts(count=8):
    draw = random.Random(2)
    for _ in range(count):
        yield Ask(tuple(draw.randrange(3, 200) for _ in range(draw.randrange(1, 25))), MOST)


def generator(network, kind=BeamGenerator, ends=None, **more):
    own = {"budget": 256, "start": start(network), "ends": ends or frozenset({network.config.eos_token_id})}
    return kind(network, torch.device("cpu"), pad_id=network.config.pad_token_id, **own, **more)


def plain(network, ask, ends):
    """Return the tokens of a beam search; finished beams are compared by the mean log-probability of their tokens."""
    before = list(start(network))
    going, finished = [(0.0, [])], []
    most = (1 + len(ends)) * BEAMS  # enough that beams without an end remain
    for length in range(1, MOST + 1):
        longer = []
        for score, ids in going:
            given = torch.tensor([[*before, *ids]])
            logits = network(input_ids=torch.tensor([ask.prompt]), decoder_input_ids=given).logits[0, -1]
            values, tokens = logits.log_softmax(-1).topk(most)
            longer += [(score + v, [*ids, t]) for v, t in zip(values.tolist(), tokens.tolist(), strict=True)]
        longer.sort(reverse=True)
        best = longer[:most]
        finished += [(score / length, ids) for score, ids in best[:BEAMS] if ids[-1] in ends]
        finished = sorted(finished, reverse=True)[:BEAMS]
        going = [(score, ids) for score, ids in best if ids[-1] not in ends][:BEAMS]
        if len(finished) == BEAMS and finished[-1][0] >= going[0][0] / length:
            break
    else:
        finished += [(score / MOST, ids) for score, ids in going]
    _, ids = max(finished)
    return [token for token in ids if token not in ends]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_the_texts_are_those_of_a_plain_beam_search(maker):
    network, asked = model(maker), list(prompts())
    ends = frozenset({network.config.eos_token_id, *range(3, 25)})
    with torch.inference_mode():
        expected = [plain(network, ask, ends) for ask in asked]
    found = list(generator(network, ends=ends, beams=BEAMS).generate(iter(asked)))
    assert [written.ids for written in found] == expected
    assert [
        written.ids for written in generator(network, ends=ends, beams=BEAMS, exact=True).generate(asked)
    ] == expected
    assert all((written.reason == "length") == (len(written.ids) == MOST) for written in found)
    assert {written.reason for written in found} == {"stop", "length"}


def test_one_beam_is_greedy_and_more_find_other_texts():
    network, asked = model(mt5), list(prompts())
    network.lm_head.weight.data *= 0.1  # random weights are too sure of each token
    greedy = [written.ids for written in generator(network, TargetGenerator).generate(asked)]
    assert [written.ids for written in generator(network, beams=1).generate(asked)] == greedy
    assert [written.ids for written in generator(network, beams=4).generate(asked)] != greedy


def test_what_a_model_declares_for_generation_is_not_used_and_stays():
    network, asked = model(bart), list(prompts(3))
    before = [written.ids for written in generator(network, beams=BEAMS).generate(asked)]
    declared = {"min_length": 5, "length_penalty": 9.0, "forced_eos_token_id": 2, "no_repeat_ngram_size": 1}
    network.generation_config.update(**declared)
    assert [written.ids for written in generator(network, beams=BEAMS).generate(asked)] == before
    assert network.generation_config.length_penalty == 9.0


def test_each_prompt_has_its_own_length_and_stop_texts():
    network = model(bart)
    prompt = next(prompts(1)).prompt
    [long, short] = generator(network, beams=BEAMS, decode=str).generate([Ask(prompt, MOST), Ask(prompt, 2)])
    assert short.ids == long.ids[:2] and (short.reason, len(long.ids)) == ("length", MOST)
    [stopped] = generator(network, beams=BEAMS, decode=str).generate([Ask(prompt, MOST, (str(long.ids[1]),))])
    assert stopped.reason == "stop"
