"""Slots are filled as a plain loop without a cache fills them."""

from __future__ import annotations

import random

import pytest
import torch

from tests.engine import encoder_decoders
from tests.engine.decoders import MAKERS, llama, model
from xharness.engine.readers import CausalReader, TargetReader
from xharness.engine.slots import Blank, Filler, Form

# Choices that share beginnings, one token, or none.
CHOICES = ((5, 9, 3), (5, 9, 4, 3), (5, 7, 3), (8, 3), (11, 12, 13, 3))


def forms(count, seed=0):
    draw = random.Random(seed)

    def tokens(longest):
        return tuple(draw.randrange(20, 200) for _ in range(draw.randrange(1, longest)))

    for number in range(count):
        blanks = tuple(Blank(tokens(4), CHOICES[: draw.randrange(1, 6)]) for _ in range(number % 6))
        yield Form(tokens(15), blanks)


def plain(start, logits_of, form):
    """Return the choices of a loop that computes the whole text for every token."""
    ids, chosen = list(start), []
    for blank in form.blanks:
        ids += blank.before
        left, depth = list(blank.choices), 0
        while depth < max(map(len, left)):
            options = sorted({choice[depth] for choice in left})
            logits = logits_of(torch.tensor([ids]))
            token = max(options, key=lambda option: float(logits[option]))
            ids.append(token)
            left = [choice for choice in left if choice[depth] == token]
            depth += 1
        chosen.append(blank.choices.index(left[0]))
    return chosen


def filler(network, **more):
    return Filler(CausalReader(network, torch.device("cpu"), pad_id=0), **{"budget": 200, **more})


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_slots_are_filled_as_a_plain_loop_fills_them(maker):
    network, asked = model(maker), list(forms(24))
    with torch.inference_mode():
        expected = [plain(form.context, lambda ids: network(ids).logits[0, -1], form) for form in asked]
    assert list(filler(network).fill(iter(asked))) == expected
    assert list(filler(network, exact=True).fill(asked)) == expected
    assert len({choice for chosen in expected for choice in chosen}) > 2


@pytest.mark.parametrize("maker", encoder_decoders.MAKERS, ids=lambda maker: maker.__name__)
def test_an_encoder_decoder_fills_slots_as_a_plain_loop_does(maker):
    network, asked = encoder_decoders.model(maker), list(forms(24))
    start = (*encoder_decoders.start(network), 15)

    def after(context):
        read = torch.tensor([context])
        return lambda ids: network(input_ids=read, decoder_input_ids=ids).logits[0, -1]

    with torch.inference_mode():
        expected = [plain(start, after(form.context), form) for form in asked]
    reader = TargetReader(network, torch.device("cpu"), network.config.pad_token_id, start)
    counts = []
    assert list(Filler(reader, 200, on_tokens=counts.append).fill(iter(asked))) == expected
    assert list(Filler(reader, 200, exact=True).fill(asked)) == expected
    assert len({choice for chosen in expected for choice in chosen}) > 2
    read = [form for form in asked if any(len(blank.choices) > 1 for blank in form.blanks)]
    least = sum(len(form.context) + len(start) for form in read)
    most = least + sum(blank.size for form in read for blank in form.blanks)
    assert least < sum(counts) < most


def test_each_slot_has_one_choice_and_earlier_choices_change_later_ones():
    network, asked = model(llama), list(forms(24))
    found = list(filler(network).fill(asked))
    assert [len(chosen) for chosen in found] == [len(form.blanks) for form in asked]
    alone = [
        [next(iter(filler(network).fill([Form((*form.context, *blank.before), (blank._replace(before=()),))])))[0]
         for blank in form.blanks]
        for form in asked
    ]  # fmt: skip
    assert alone != found


def test_tokens_are_counted_without_padding_and_the_last_choice_is_not_read():
    counts = []
    form = Form((30, 31), (Blank((40,), CHOICES), Blank((41, 42), CHOICES)))
    [chosen] = filler(model(llama), on_tokens=counts.append).fill([form])
    first = CHOICES[chosen[0]]
    branches = sum(choice[0] == CHOICES[chosen[1]][0] for choice in CHOICES) > 1
    assert sum(counts) >= 3 + len(first) + 2
    assert sum(counts) <= 3 + len(first) + 2 + 2 * branches


def test_many_slots_with_one_choice_need_no_model():
    form = Form((30,), (Blank((40,), ((5, 3),)),) * 3000)
    assert list(filler(None).fill([form])) == [[0] * 3000]
