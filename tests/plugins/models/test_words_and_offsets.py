"""No word is lost in tagging, and answers are parts of their contexts, with tokenizers of every form."""

from __future__ import annotations

import pytest

from tests.models import TEXT
from tests.plugins.models.encoders import tokenizer
from tests.plugins.models.tiny import OPTIONS
from xharness.engine.alignment import WordEncoder, space_before, tokens_of
from xharness.engine.spans import Reader
from xharness_plugins.models.checkpoint_files import load_tokenizer

FORMS = ("xlmr", "bert", "roberta", "spaced", "split", "gemma")
HEED = ("xlmr", "bert", "roberta")
# Emoji of several code points, characters of no width, CJK, combining marks, and what normalisers delete.
ODD = [
    "👩‍🚀",
    "🏽",
    "\u200b",
    "\u200d\u200d",
    "祖父は",
    "𠮷",
    "é",
    "\u0301",
    "ẛ̣",
    "\u00ad",
    "\ufe0f",
    "\ufffd",
    "a\u00a0b",
    "\x07",
]


@pytest.fixture(scope="module", params=FORMS)
def pair(request, tmp_path_factory):
    """Return the tokenizer of a saved folder as texts and as words use it."""
    path = tmp_path_factory.mktemp("tokenizer")
    tokenizer(request.param).save_pretrained(path)
    return load_tokenizer(path, OPTIONS), load_tokenizer(path, OPTIONS, add_prefix_space=True)


def test_no_word_is_lost(pair):
    _, spaced = pair
    encoder = WordEncoder(spaced, 40)
    sentences = [ODD, *([word] for word in ODD), *(line.split() for line in TEXT)]
    for words, pieces in zip(sentences, encoder.encode(sentences), strict=True):
        assert sum(len(piece.words) for piece in pieces) == len(words)
        for piece in pieces:
            assert piece.words == sorted(set(piece.words))
            assert piece.words[-1] < len(piece.ids) <= 40


def test_words_have_the_tokens_of_running_text(pair):
    plain, spaced = pair
    words = [word for line in TEXT for word in line.split()]
    alone = tokens_of(spaced, words, space_before(spaced))
    start = len(plain("a", add_special_tokens=False)["input_ids"])
    for word, ids in zip(words, alone, strict=True):
        assert plain(f"a {word}", add_special_tokens=False)["input_ids"][start:] == ids


def test_only_tokenizers_that_ignore_the_option_get_a_space(pair, request):
    _, spaced = pair
    assert space_before(spaced) == ("" if request.node.callspec.params["pair"] in HEED else " ")


def test_answers_are_parts_of_their_contexts(pair):
    plain, _ = pair
    contexts = [*TEXT, " ".join(f"{word} x" for word in ODD), "  spaces   before 👩‍🚀 and after  "]
    for context, reading in zip(contexts, Reader(plain, 64, 16).read(["Who?"] * len(contexts), contexts), strict=True):
        assert len(reading.offsets)
        assert all(0 <= start <= end <= len(context) for start, end in reading.offsets)
        for word in {word for word in context.split() if word.isalpha()}:
            start = context.index(word)
            first, last = reading.tokens(start, start + len(word))
            assert word in reading.text(first, last)
            assert reading.text(first, last) in context
