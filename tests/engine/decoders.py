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


def llama():
    return LlamaForCausalLM(LlamaConfig(**_COMMON, num_hidden_layers=3, num_key_value_heads=2))


def gemma3():
    """Layers with a sliding window that is shorter than the contexts of the tests."""
    config = Gemma3TextConfig(
        **_COMMON, num_hidden_layers=4, num_key_value_heads=1, head_dim=16, sliding_window=8, sliding_window_pattern=2
    )
    return Gemma3ForCausalLM(config)


def neox():
    return GPTNeoXForCausalLM(GPTNeoXConfig(**_COMMON, num_hidden_layers=3))


def qwen3():
    return Qwen3ForCausalLM(Qwen3Config(**_COMMON, num_hidden_layers=3, num_key_value_heads=2, head_dim=16))


MAKERS = (llama, gemma3, neox, qwen3)


def model(maker):
    torch.manual_seed(0)
    return maker().eval()
