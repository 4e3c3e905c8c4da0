"""Tiny random encoder-decoders of several types."""

from __future__ import annotations

import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    MBartConfig,
    MBartForConditionalGeneration,
    MT5Config,
    MT5ForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)

_T5 = {
    "vocab_size": 200, "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4,
    "initializer_factor": 2.0, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0,
}  # fmt: skip
_BART = {
    "vocab_size": 200, "d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128, "max_position_embeddings": 64,
    "init_std": 0.5, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2,
}  # fmt: skip


def t5():
    return T5ForConditionalGeneration(T5Config(**_T5))


def mt5():
    return MT5ForConditionalGeneration(MT5Config(**_T5))


def bart():
    return BartForConditionalGeneration(BartConfig(**_BART))


def mbart():
    return MBartForConditionalGeneration(MBartConfig(**_BART))


MAKERS = (t5, mt5, bart, mbart)


def model(maker):
    torch.manual_seed(0)
    return maker().eval()


def start(network, forced=None):
    """Return the tokens before a target."""
    first = (network.config.decoder_start_token_id,)
    return first if forced is None else (*first, forced)
