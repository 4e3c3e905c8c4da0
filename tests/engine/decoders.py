"""Tiny random causal language models of several types."""

from __future__ import annotations

import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

_COMMON = {"vocab_size": 200, "hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4}


def llama(**more):
    return LlamaForCausalLM(LlamaConfig(**(_COMMON | more), num_hidden_layers=3, num_key_value_heads=2))


def gemma3(**more):
    """Layers with a sliding window that is shorter than the contexts of the tests."""
    config = Gemma3TextConfig(
        **(_COMMON | more),
        num_hidden_layers=4,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=8,
        sliding_window_pattern=2,
    )
    return Gemma3ForCausalLM(config)


def neox(**more):
    return GPTNeoXForCausalLM(GPTNeoXConfig(**(_COMMON | more), num_hidden_layers=3))


def qwen3(**more):
    return Qwen3ForCausalLM(Qwen3Config(**(_COMMON | more), num_hidden_layers=3, num_key_value_heads=2, head_dim=16))


MAKERS = (llama, gemma3, neox, qwen3)


def model(maker, **more):
    torch.manual_seed(0)
    return maker(**more).eval()


def written(path, maker, tokenizer, **more):
    """Write a decoder that fits a tokenizer, with the tokenizer, to a folder."""
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    sizes = {"vocab_size": len(tokenizer), "max_position_embeddings": 256, "pad_token_id": tokenizer.pad_token_id}
    model(maker, **(sizes | ends | more)).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path
