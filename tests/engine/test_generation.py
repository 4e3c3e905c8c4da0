from __future__ import annotations

import pytest
import torch

from tests.engine.decoders import MAKERS, llama, model
from tests.engine.test_likelihood import requests
from xharness.engine.generation import Ask, Generator

END = 5


def generator(network, **more):
    given = {"budget": 256, "ends": frozenset({END}), **more}
    return Generator(network, torch.device("cpu"), pad_id=0, **given)


def plain(network, ask):
    """Return what transformers generates after one prompt."""
    prompt = torch.tensor([ask.prompt])
    with torch.inference_mode():
        out = network.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=ask.most,
            do_sample=False,
            eos_token_id=END,
            pad_token_id=0,
        )
    ids = out[0, len(ask.prompt) :].tolist()
    return ids[: ids.index(END)] if END in ids else ids


@pytest.mark.parametrize("maker", MAKERS)
def test_batches_generate_what_transformers_generates_alone(maker):
    network = model(maker)
    asked = [Ask(pair.context, 3 + number % 6) for number, pair in enumerate(requests(20)[::3])]
    expected = [plain(network, ask) for ask in asked]
    for exact in (False, True):
        assert [written.ids for written in generator(network, exact=exact).generate(asked)] == expected


def test_a_text_ends_at_an_end_token_a_stop_sequence_or_its_length():
    network = model(llama)
    ask = Ask((7, 8, 9), 6)
    [whole] = generator(network, ends=frozenset()).generate([ask])
    assert (len(whole.ids), whole.reason) == (6, "length")
    [ended] = generator(network, ends=frozenset({whole.ids[2]})).generate([ask])
    assert ended.reason == "stop"
    assert ended.ids == whole.ids[: whole.ids.index(whole.ids[2])]
    decode = lambda ids: "".join(f" {number}." for number in ids)  # noqa: E731
    stop = f"{whole.ids[1]}."
    [stopped] = generator(network, ends=frozenset(), decode=decode).generate([ask._replace(stops=(stop,))])
    assert (stopped.ids, stopped.reason) == (whole.ids[: whole.ids.index(whole.ids[1]) + 1], "stop")


def test_finished_texts_cost_no_more_tokens():
    counted = []
    asked = [Ask((7, 8, 9), 6), Ask((7, 8), 1)]
    list(generator(model(llama), ends=frozenset(), on_tokens=counted.append).generate(asked))
    assert sum(counted) == 5 + 5  # the last token of a text is not computed


def test_a_stop_text_that_crosses_tokens_ends_a_text():
    network = model(llama)
    ask = Ask((7, 8, 9), 6)
    [whole] = generator(network, ends=frozenset()).generate([ask])
    decode = lambda ids: "".join(f"{number:03d}" for number in ids)  # noqa: E731
    text = decode(whole.ids)
    [stopped] = generator(network, ends=frozenset(), decode=decode).generate([ask._replace(stops=(text[2:4],))])
    assert stopped.reason == "stop"
    assert decode(stopped.ids) == text[: 3 * len(stopped.ids)]
    assert text[2:4] in decode(stopped.ids)
    assert text[2:4] not in decode(stopped.ids[:-1])
