"""Train the nano checkpoint: an XLM-R of about a million parameters, on synthetic text in 50 languages.

    python -m tools.make_nano OUT [--steps 1800] [--seed 1]

Two objectives: masked language modelling of single and paired sentences, including translation pairs (Conneau and
Lample 2019, Cross-lingual Language Model Pretraining), and a contrastive loss that finds the translation of a sentence
in the batch by mean vectors (Feng et al. 2020, Language-agnostic BERT Sentence Embedding). The same seed gives the same
checkpoint on the same machine and libraries.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from tools import nano_text, nano_tokenizer
from xharness import LANGUAGES
from xharness.engine.pooling import default_layer
from xharness_tasks.mini.facts import generator

VOCABULARY, HIDDEN, LAYERS = 8000, 128, 4
TRANSLATIONS, JOINED = 72, 36
MASKED, TEMPERATURE, RATE, WARMUP = 0.25, 0.05, 3e-3, 100

CARD = """\
---
license: apache-2.0
language:
{languages}---
The nano checkpoint of xharness: an XLM-R of 4 layers, pre-trained on sentences from small grammars of 50 languages. It
shows how the harness works, on every task, and has no other use. Made by `python -m tools.make_nano OUT`.
"""


def main() -> None:
    """Train the tokenizer and the model, and save both."""
    parser = argparse.ArgumentParser(description="Train the nano checkpoint.")
    parser.add_argument("out", type=Path, help="the folder to write")
    parser.add_argument("--steps", type=int, default=1800, help="training steps (default: 1800)")
    parser.add_argument("--seed", type=int, default=1, help="the seed (default: 1)")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    tokenizer = nano_tokenizer.train(nano_text.corpus(args.seed, 1000), VOCABULARY)
    tokenizer.save_pretrained(args.out)
    model = XLMRobertaForMaskedLM(_config(tokenizer))
    train(model, tokenizer, args.steps, args.seed)
    model.half().save_pretrained(args.out)
    (args.out / "README.md").write_text(CARD.format(languages="".join(f"- {code}\n" for code in LANGUAGES)), "utf-8")
    print(f"{model.num_parameters():,} parameters, {sum(f.stat().st_size for f in args.out.iterdir()):,} bytes")


def _config(tokenizer: PreTrainedTokenizerFast) -> XLMRobertaConfig:
    return XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        intermediate_size=2 * HIDDEN,
        max_position_embeddings=nano_tokenizer.LONGEST + 2,
        type_vocab_size=1,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        layer_norm_eps=1e-5,
        # The model is too small to need dropout, and trains much faster without.
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def train(model: XLMRobertaForMaskedLM, tokenizer: PreTrainedTokenizerFast, steps: int, seed: int) -> None:
    """Train the model in place; print a line every 50 steps."""
    random = generator("nano", seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARMUP, (steps - step) / max(1, steps - WARMUP))
    )
    began, losses = time.monotonic(), torch.zeros(2)
    for step in range(steps):
        said = nano_text.translations(random, TRANSLATIONS)
        masked = _masked_loss(model, tokenizer, said[: TRANSLATIONS // 2])
        masked = (masked + _masked_loss(model, tokenizer, nano_text.joined(random, JOINED))) / 2
        aligned = _aligned_loss(model, tokenizer, said)
        (masked + aligned).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses += torch.stack([masked.detach(), aligned.detach()])
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}  masked {losses[0] / 50:.3f}  aligned {losses[1] / 50:.3f}", end="  ")
            print(f"{time.monotonic() - began:.0f} s", flush=True)
            losses.zero_()


def _masked_loss(model: XLMRobertaForMaskedLM, tokenizer: PreTrainedTokenizerFast, pairs: list[Any]) -> Tensor:
    batch = _batch(tokenizer, *map(list, zip(*pairs)))
    ids = batch["input_ids"]
    special = torch.isin(ids, torch.tensor(tokenizer.all_special_ids))
    chosen = (torch.rand(ids.shape) < MASKED) & ~special
    hidden = model.roberta(ids.masked_fill(chosen, tokenizer.mask_token_id), batch["attention_mask"])
    return cross_entropy(model.lm_head(hidden.last_hidden_state[chosen]), ids[chosen])


def _aligned_loss(model: XLMRobertaForMaskedLM, tokenizer: PreTrainedTokenizerFast, pairs: list[Any]) -> Tensor:
    ones, others = (_vectors(model, _batch(tokenizer, list(side))) for side in zip(*pairs))
    scores = ones @ others.T / TEMPERATURE
    right = torch.arange(len(scores))
    return (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2


def _vectors(model: XLMRobertaForMaskedLM, batch: dict[str, Tensor]) -> Tensor:
    """Return unit vectors, shape (n, dimension): the mean over tokens of the layer that retrieval reads by default."""
    states = model.roberta(**batch, output_hidden_states=True).hidden_states[default_layer(LAYERS)]
    mask = batch["attention_mask"].unsqueeze(-1)
    return normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


def _batch(tokenizer: PreTrainedTokenizerFast, *sides: list[str]) -> dict[str, Tensor]:
    made = tokenizer(*sides, padding=True, truncation=True, max_length=nano_tokenizer.LONGEST, return_tensors="pt")
    return {"input_ids": made["input_ids"], "attention_mask": made["attention_mask"]}


if __name__ == "__main__":
    main()
