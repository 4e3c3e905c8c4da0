"""Causal language models of the transformers library, such as Llama and Gemma: they score and write text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, positive
from xharness_plugins.models.chat import CHAT, chat_digest, check_chat


def _claims(path: Path) -> int | None:
    """Take decoders, and peft's low-rank updates of them, before the adapter of encoders."""
    from xharness_plugins.models.inspection import is_decoder
    from xharness_plugins.models.text_updates import adapter_of

    return 5 if (adapter_of(path) or ("causal" if is_decoder(path) else None)) == "causal" else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.text_updates import inspect

    info = inspect(path, reference, revision, options, "causal")
    return replace(info, ready=frozenset({"loglikelihood", "generate", "fill_slots"}), labels=())


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.text_model import load

    return load(path, params, options)


CAUSAL = Model(
    name="causal",
    summary="causal language models of the transformers library, as Llama and Gemma, asked in words",
    capabilities=frozenset({"loglikelihood", "generate", "fill_slots"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check=check_chat,
    chat_template=chat_digest,
    params={
        "max_length": Param(
            type=positive, help="tokens that the model reads at once; longer contexts lose their beginning"
        ),
        "chat": CHAT,
    },
)
