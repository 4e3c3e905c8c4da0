"""Slots are filled as a plain loop without a cache fills them."""

from __future__ import annotations

import random

import pytest
import torch

from tests.engine.decoders import MAKERS, llama, model
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


def plain(network, form):
    """Return the choices of a loop that computes the whole text for every token."""
    ids, chosen = list(form.context), []
    for blank in form.blanks:
        ids += blank.before
        left, depth = list(blank.choices), 0
        while depth < max(map(len, left)):
            options = sorted({choice[depth] for choice in left})
            logits = network(torch.tensor([ids])).logits[0, -1]
            token = max(options, key=lambda option: float(logits[option]))
            ids.append(token)
            left = [choice for choice in left if choice[depth] == token]
            depth += 1
        chosen.append(blank.choices.index(left[0]))
    return chosen


def filler(network, **more):
    return Filler(network, torch.device("cpu"), pad_id=0, **{"budget": 200, **more})


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_slots_are_filled_as_a_plain_loop_fills_them(maker):
    network, asked = model(maker), list(forms(24))
    with torch.inference_mode():
        expected = [plain(network, form) for form in asked]
    assert list(filler(network).fill(iter(asked))) == expected
    assert list(filler(network, exact=True).fill(asked)) == expected
    assert len({choice for chosen in expected for choice in chosen}) > 2


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
