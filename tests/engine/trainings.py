"""A tiny training that the tests interrupt; `main` is run in a process of its own, which can be killed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from tests.models import TEXT, tiny_tokenizer
from xharness.engine.objectives import class_features, class_loss, objective
from xharness.engine.training import Schedule, Workplace, train

# Its tokenizer is the same each time it is trained, which the others are not.
KIND = "roberta"
LABELS = {"latin": 0, "other": 1}
SCHEDULE = Schedule(epochs=6, batch_size=4, learning_rate=3e-3, warmup_steps=3, weight_decay=0.1, eval_steps=7, seed=5)
STEPS = 6 * 6


def rows(lines=TEXT):
    """Lines of text and whether they are written in Latin letters."""
    return [{"text": line, "label": "latin" if line[:3].isascii() else "other"} for line in lines]


def classes(lines=TEXT, tokenizer=None):
    tokenizer = tokenizer or tiny_tokenizer(KIND)

    def encode(texts, pairs):
        encoded = tokenizer(texts, truncation=True, max_length=40)
        return list(zip(encoded["input_ids"], encoded.get("token_type_ids") or [None] * len(texts), strict=True))

    return objective("script", class_features(encode, rows(lines), LABELS), tokenizer.pad_token_id, class_loss)


def classifier(path, dropout=0.1, std=0.02):
    """A tiny encoder with a new head, the same each time."""
    from transformers import AutoModelForSequenceClassification

    from xharness.engine.checkpoints import quiet

    rates = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(9)
        model = AutoModelForSequenceClassification.from_pretrained(path, num_labels=len(LABELS), **rates)
        torch.nn.init.normal_(model.classifier.out_proj.weight, std=std)
    return model


def run(
    model,
    scratch,
    schedule=SCHEDULE,
    objectives=None,
    report=None,
    evaluate=None,
    dtype=torch.float32,
    average=False,
    **more,
):
    """Train on the CPU; by default the state is kept as often as the loop dares."""
    scratch.mkdir(parents=True, exist_ok=True)
    place = workplace(scratch, report=report or (lambda state: None), dtype=dtype, **more)
    return train(model, objectives or [classes()], schedule, place, evaluate, average)


def workplace(scratch, **more):
    usual = {"dtype": torch.float32, "report": lambda state: None, "save_every": 0.0}
    return Workplace(device=torch.device("cpu"), scratch=scratch, **{**usual, **more})


def accuracy(model, made=None):
    made = made or classes()
    batch = made.batch(np.arange(len(made.lengths)))
    targets = batch.pop("targets")[:, 0]
    with torch.inference_mode():
        return float((model(**batch).logits.argmax(dim=1) == targets).float().mean())


def weights(model):
    return {name: value.detach().clone() for name, value in model.named_parameters()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def main(checkpoint, scratch, out):
    """Train, print a line after each step's report, and save the final weights."""
    from transformers import AutoTokenizer

    def report(state):
        print(state["step"], flush=True)
        time.sleep(0.02)

    model = classifier(checkpoint)
    made = [classes(tokenizer=AutoTokenizer.from_pretrained(checkpoint))]
    run(model, Path(scratch), objectives=made, report=report, evaluate=lambda model: accuracy(model, made[0]))
    save_file(weights(model), out)
