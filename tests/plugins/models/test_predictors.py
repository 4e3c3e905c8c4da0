"""Texts that are much longer than what is read: only their beginning is tokenized."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import TEXT, tiny_tokenizer
from xharness_plugins.models.predictors import TextEncoder

KINDS = ("xlmr", "bert", "roberta")


def whole(tokenizer, *texts, most):
    [ids] = tokenizer(*([text] for text in texts), truncation="longest_first", max_length=most)["input_ids"]
    return ids


def text_of(seed, words, separator):
    draw = random.Random(seed)
    pool = [*" ".join(TEXT).split(), "ก" * 30, "漢字仮名交", "👩‍👩‍👧", "é" * 120, " " * 50]
    return separator.join(draw.choice(pool) for _ in range(words))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1_000), words=st.integers(0, 400), separator=st.sampled_from((" ", "", "\n")),
    half=st.integers(4, 10), other=st.integers(0, 60),
)  # fmt: skip
def test_the_tokens_are_those_of_the_whole_text(kind, seed, words, separator, half, other):
    tokenizer = tiny_tokenizer(kind)
    # Both texts of a pair keep as many tokens; of an odd number, the longer text would keep one more.
    most = 2 * half + tokenizer.num_special_tokens_to_add(pair=True)
    first, second = text_of(seed, words, separator), text_of(seed + 1, other, " ")
    encode = TextEncoder(tokenizer, most)
    assert list(encode([first])[0].ids) == whole(tokenizer, first, most=most)
    assert list(encode([first], [second])[0].ids) == whole(tokenizer, first, second, most=most)


class Watched:
    """A tokenizer that notes the length of each text in characters, and the tokens of pairs before they are cut."""

    def __init__(self, tokenizer, side="right"):
        tokenizer.truncation_side = self.truncation_side = side
        self.tokenizer, self.lengths, self.paired = tokenizer, [], []

    def __call__(self, *texts, **more):
        flat = [text for each in texts for text in ([each] if isinstance(each, str) else each)]
        self.lengths += map(len, flat)
        if len(texts) == 2:
            self.paired += [len(self.tokenizer(text, add_special_tokens=False)["input_ids"]) for text in flat]
        return self.tokenizer(*texts, **more)


def test_a_text_of_one_megabyte_is_not_tokenized_to_its_end():
    watched = Watched(tiny_tokenizer("bert"))
    [found] = TextEncoder(watched, 16)(["the baker " * 100_000])
    assert len(found.ids) == 16
    assert max(watched.lengths) < 1_000


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("text", ["the baker ", "👩‍👩‍👧漢", "é"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_tokenizer_cuts_off_a_pair_is_small_whatever_the_texts(kind, text, side):
    watched = Watched(tiny_tokenizer(kind), side)
    pair = [text * (10**6 // len(text)), text * 70]  # the second one is little longer than what is read
    [found] = TextEncoder(watched, 32)(*([each] for each in pair))
    assert 0 < len(found.ids) <= 32
    assert max(watched.lengths) < 10_000 or watched.paired[0] < 70  # words without an end are read whole
    assert max(watched.paired) <= 3 * 32
    shorter = [each[:2_000] if side == "right" else each[-2_000:] for each in pair]
    if len(found.ids) == 32:
        assert list(found.ids) == whole(watched.tokenizer, *shorter, most=32)
