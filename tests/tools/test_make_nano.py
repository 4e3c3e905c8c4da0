"""What makes the embedded checkpoint makes the same one each time."""

from __future__ import annotations

import subprocess
import sys

import torch
from transformers import XLMRobertaForMaskedLM

from tools import make_nano, nano_text, nano_tokenizer
from xharness import LANGUAGES, LoadOptions
from xharness_plugins.models.hf import HF
from xharness_tasks.mini import NANO
from xharness_tasks.mini.facts import generator

PROGRAM = """
import hashlib
from tools import nano_text, nano_tokenizer
from xharness import LANGUAGES, LoadOptions
from xharness_plugins.models.hf import HF
from xharness_tasks.mini import NANO
from xharness_tasks.mini.facts import generator
texts = [text for pair in nano_text.translations(generator("test"), 300) for text in pair]
made = nano_tokenizer.train(texts, 2500)
print(len(made), hashlib.sha256(made.backend_tokenizer.to_str().encode()).hexdigest())
"""


def test_the_tokenizer_is_the_same_in_every_process():
    made = {
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(made) == 1
    assert made.pop().startswith("2500 ")


def test_a_training_is_the_same_each_time_and_learns(monkeypatch):
    monkeypatch.setattr(make_nano, "TRANSLATIONS", 8)
    monkeypatch.setattr(make_nano, "JOINED", 4)
    texts = [text for pair in nano_text.translations(generator("test"), 200) for text in pair]
    tokenizer = nano_tokenizer.train(texts, 2500)
    made = []
    for _ in range(2):
        torch.manual_seed(3)
        model = XLMRobertaForMaskedLM(make_nano._config(tokenizer))
        before = model.roberta.embeddings.word_embeddings.weight.detach().clone()
        make_nano.train(model, tokenizer, steps=3, seed=3)
        made.append(model.state_dict())
        assert not torch.equal(before, model.roberta.embeddings.word_embeddings.weight)
    assert all(torch.equal(value, made[1][name]) for name, value in made[0].items())


def test_the_corpus_says_every_name_of_every_language():
    said = " ".join(nano_text.corpus(1, 0))
    assert all(name in said for name in ("Okafor", "Петрова", "悉尼", "นักร้อง", "Hungría"))


def test_the_card_of_the_checkpoint_names_what_it_has_read():
    card = (NANO / "README.md").read_text("utf-8")
    assert card == make_nano.CARD.format(languages="".join(f"- {code}\n" for code in LANGUAGES))
    assert HF.inspect(NANO, "nano", None, LoadOptions()).languages == frozenset(LANGUAGES)
