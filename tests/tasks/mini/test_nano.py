"""The embedded checkpoint: small, safe, a real XLM-R, with a tokenizer that knows the letters of all languages."""

from __future__ import annotations

import json

import pytest

from xharness import LANGUAGES
from xharness_plugins.models.hf import HF
from xharness_tasks.mini import NANO
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import say
from xharness_tasks.mini.tagging import characters


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(NANO)


def test_it_is_an_xlm_r_of_at_most_four_megabytes_without_pickled_weights():
    files = {path.name: path.stat().st_size for path in NANO.iterdir()}
    assert sum(files.values()) < 4_000_000
    assert {name for name in files if not name.endswith(".json")} == {"model.safetensors", "README.md"}
    assert json.loads((NANO / "config.json").read_text("utf-8"))["model_type"] == "xlm-roberta"


def test_the_harness_knows_it_without_being_told(default_options):
    info = HF.inspect(NANO, "nano", None, default_options)
    assert (info.architecture, info.ready, info.layers, info.max_length) == (
        "XLMRobertaForMaskedLM",
        frozenset(),
        4,
        256,
    )
    assert 1_000_000 < info.parameters < 2_000_000


@pytest.fixture
def default_options():
    from xharness import LoadOptions

    return LoadOptions()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_of_a_language_is_known_to_the_tokenizer(code, tokenizer):
    """Whole, word by word, and where tagging takes them apart character by character."""
    random = generator("tokenizer", code)
    for section, templates in grammar(code).templates.items():
        for name in templates:
            sentence = say(code, section, name, draw(random))
            words = list(sentence.tokens)
            if not LANGUAGES[code].spaced:
                words += [letter for word in sentence.tokens for letter in characters(word)]
            for ids in tokenizer([sentence.text, *words])["input_ids"]:
                assert tokenizer.unk_token_id not in ids, (section, name)


def test_a_pair_is_put_together_as_xlm_r_does(tokenizer):
    assert tokenizer.convert_ids_to_tokens(tokenizer("a", "a")["input_ids"]) == [
        "<s>", "▁a", "</s>", "</s>", "▁a", "</s>"
    ]  # fmt: skip
