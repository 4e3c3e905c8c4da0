"""Words and tokens: no word is lost, and each is found where its first token stands."""

from __future__ import annotations

import copy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import KINDS, TEXT, tiny_tokenizer
from xharness import BadRequest
from xharness.engine.alignment import WordEncoder, frame

WORDS = sorted({word for line in TEXT for word in line.split()})
ODD = [
    "",
    " ",
    "\u00a0",
    "\u3000",
    "a\u00a0b",
    "\u200b",
    "\u200d",
    "🙂",
    "👨‍👩‍👧",
    "e\u0301",
    "ﬁ",
    "x" * 300,
    "祖父" * 40,
    "[",
    "##a",
    "▁",
]

words = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(ODD),
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=12),
)
sentences = st.lists(st.lists(words, max_size=40), max_size=6)


@pytest.mark.parametrize("kind", KINDS)
@given(sentences=sentences, max_length=st.integers(8, 64))
@settings(max_examples=60, deadline=None)
def test_every_word_begins_once_where_the_tokenizer_puts_it(kind, sentences, max_length):
    tokenizer = tiny_tokenizer(kind)
    encoder = WordEncoder(tokenizer, max_length)
    for sentence, pieces in zip(sentences, encoder.encode(sentences), strict=True):
        assert sum(len(piece.words) for piece in pieces) == len(sentence)
        rest = iter(sentence)
        for piece in pieces:
            assert len(piece.ids) <= max_length
            begins = [*piece.words, len(piece.ids) - 1]
            assert begins == sorted(set(begins)) and begins[0] == 1
            assert [piece.ids[0], piece.ids[-1]] == [tokenizer.cls_token_id, tokenizer.sep_token_id]
            for start, end in pairwise(begins):
                alone = tokenizer([next(rest)], is_split_into_words=True, add_special_tokens=False)["input_ids"]
                assert piece.ids[start:end] in (alone, [tokenizer.unk_token_id])


@pytest.mark.parametrize("kind", KINDS)
def test_agrees_with_the_tokenizer_on_whole_sentences(kind):
    tokenizer = tiny_tokenizer(kind)
    sentences = [line.split() for line in TEXT]
    for sentence, pieces in zip(sentences, WordEncoder(tokenizer, 512).encode(sentences), strict=True):
        whole = tokenizer(sentence, is_split_into_words=True)
        owners = whole.word_ids(0)
        assert [piece.ids for piece in pieces] == [whole["input_ids"]]
        assert pieces[0].words == [owners.index(number) for number in range(len(sentence))]


@pytest.mark.parametrize("kind", KINDS)
def test_long_sentences_are_cut_between_words_as_late_as_possible(kind):
    tokenizer = tiny_tokenizer(kind)
    encoder = WordEncoder(tokenizer, 32)
    sentence = [word for line in TEXT for word in line.split()]
    pieces = encoder.encode([sentence])[0]
    assert len(pieces) > 10
    assert encoder.room == (30 if kind == "bert" else 29)
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece.words))
    for piece, start in zip(pieces[:-1], starts[1:]):
        following = tokenizer([sentence[start]], is_split_into_words=True, add_special_tokens=False)["input_ids"]
        added = len(following) if len(following) <= encoder.room else 1
        assert len(piece.ids) - 2 + added > encoder.room


def test_words_that_cannot_be_spelt_or_do_not_fit_are_the_unknown_token():
    tokenizer = tiny_tokenizer("xlmr")
    encoder = WordEncoder(tokenizer, 16)
    piece = encoder.encode([["a", "", "\u00a0", "x" * 200, "b"]])[0][0]
    unknown = tokenizer.unk_token_id
    assert [piece.ids[place] for place in piece.words[1:4]] == [unknown] * 3
    assert piece.words[1:] == list(range(piece.words[1], piece.words[1] + 4))


def test_sentence_without_words_has_no_piece():
    assert WordEncoder(tiny_tokenizer("bert"), 16).encode([[], ["a"]])[0] == []


def test_no_room_is_refused():
    with pytest.raises(BadRequest, match="max_length 3 leaves no room"):
        WordEncoder(tiny_tokenizer("xlmr"), 3)


def test_frame_is_what_the_tokenizer_puts_round_texts():
    bert, xlmr = frame(tiny_tokenizer("bert")), frame(tiny_tokenizer("xlmr"))
    assert bert.single == ([2], [3])
    assert bert.pair == ([2], [3], [3])
    assert bert.pair_types == (0, 0, 0, 1, 1)
    assert xlmr.single == ([0], [2])
    assert xlmr.pair == ([0], [2, 2], [2])
    assert xlmr.pair_types is None


def bare(add_prefix_space):
    """Return a byte-level tokenizer that is loaded as a run loads it, with or without its own space before a text."""
    from tokenizers import pre_tokenizers

    tokenizer = copy.deepcopy(tiny_tokenizer("bytes"))
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    return tokenizer


@pytest.mark.parametrize("name", ["with", "without", "split", "gemma"])
def test_words_have_the_tokens_that_they_have_within_a_sentence(name):
    from tokenizers import Regex, pre_tokenizers

    tokenizer = tiny_tokenizer("gemma") if name == "gemma" else bare(name == "with")
    if name == "split":  # as the tokenizer of Llama 3
        split = pre_tokenizers.Split(Regex(r" ?\S+"), "isolated")
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    encoder = WordEncoder(tokenizer, 256, last=True)
    for line in TEXT[:12]:
        words = [word for word in line.split() if word.isalpha()]
        [[piece]] = encoder.encode([words])
        expected = [tokenizer(f"the {word}", add_special_tokens=False)["input_ids"] for word in words]
        the = len(tokenizer("the", add_special_tokens=False)["input_ids"])
        starts = [tokenizer.bos_token_id] * (name == "gemma")
        assert piece.ids == starts + [token for ids in expected for token in ids[the:]]
        ends = np.cumsum([len(ids) - the for ids in expected]) - 1 + len(starts)
        assert piece.words == ends.tolist()


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("name", ["with", "without", "gemma"])
def test_no_word_is_lost_by_the_tokenizer_of_a_decoder(name, last):
    tokenizer = tiny_tokenizer("gemma") if name == "gemma" else bare(name == "with")
    words = ["a", "", " ", "\u00a0", "\u200b", "x" * 200, "祖父", "\U0001f6a4", "b"]
    pieces = WordEncoder(tokenizer, 24, last=last).encode([words])[0]
    assert sum(len(piece.words) for piece in pieces) == len(words)
    assert all(len(set(piece.words)) == len(piece.words) for piece in pieces)
    assert all(position < len(piece.ids) <= 24 for piece in pieces for position in piece.words)
