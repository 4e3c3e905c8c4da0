"""Of a long context only a part is tokenized, with the tokens that a model reads as of the whole text."""

from __future__ import annotations

import copy

import pytest

from tests.models import TEXT, tiny_tokenizer
from xharness import Continuation, Generation, Slot, Slots
from xharness_plugins.models import in_words
from xharness_plugins.models.target_texts import TargetEncoder
from xharness_plugins.models.text_model import PromptEncoder

LENGTH = 32
LONG = " ".join(TEXT) * (60_000 // sum(map(len, TEXT)))


class Counting:
    """A tokenizer that adds up the characters it is given."""

    def __init__(self, tokenizer):
        vars(self).update(tokenizer=tokenizer, characters=0)

    def __call__(self, texts, **more):
        vars(self)["characters"] += len(texts) if isinstance(texts, str) else sum(map(len, texts))
        return self.tokenizer(texts, **more)

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __setattr__(self, name, value):
        setattr(self.tokenizer, name, value)


def results(encoder):
    question = "\nWho lies quiet?"
    passage = Generation(LONG + question, (), 4, (0, len(LONG)))
    found = [encoder.pairs([Continuation(LONG, " yes")]), encoder.prompts([Generation(LONG, (), 4), passage])]
    if hasattr(encoder, "forms"):
        found.append(list(encoder.forms(Slots(LONG, (Slot(" a", (" b", " c")),)))))
    return found


@pytest.mark.parametrize(
    ("kind", "name", "more"), [(PromptEncoder, "bytes", {"chat": False}), (TargetEncoder, "roberta", {})]
)
def test_a_part_of_a_long_context_is_tokenized(kind, name, more, monkeypatch):
    tokenizer = Counting(copy.deepcopy(tiny_tokenizer(name)))
    found = results(kind(tokenizer, LENGTH, **more))
    assert tokenizer.characters < 30_000 < len(LONG)
    assert all(cut for _, cut in (*found[0], *found[1]))
    monkeypatch.setattr(in_words, "CHARACTERS", 10**9)
    assert found == results(kind(tokenizer, LENGTH, **more))
    assert tokenizer.characters > 3 * len(LONG)
