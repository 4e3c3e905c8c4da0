"""Causal language models of the transformers library, such as Llama and Gemma: they score and write text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, positive


def _claims(path: Path) -> int | None:
    """Take decoders, before the adapter of encoders."""
    from xharness_plugins.models.inspection import is_decoder

    return 5 if is_decoder(path) else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import inspect

    info = inspect(path, reference, revision, options, adapter="causal", decoders=True)
    return replace(info, ready=frozenset({"loglikelihood", "generate", "fill_slots"}), labels=())


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.text_model import load

    return load(path, params, options)


def _check(info: ModelInfo, params: Mapping[str, Any]) -> None:
    from xharness_plugins.models.checkpoint_files import chat_template

    if params["chat"] and not chat_template(info.path):
        raise BadRequest(
            f"--param chat=yes: the tokenizer of {info.reference} has no chat template (chat_template.jinja); "
            "leave it out"
        )


def _chat_template(info: ModelInfo, params: Mapping[str, Any]) -> str:
    import hashlib

    from xharness_plugins.models.checkpoint_files import chat_template

    text = chat_template(info.path) if params["chat"] else ""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text == "yes"


CAUSAL = Model(
    name="causal",
    summary="causal language models of the transformers library, as Llama and Gemma, asked in words",
    capabilities=frozenset({"loglikelihood", "generate", "fill_slots"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check=_check,
    chat_template=_chat_template,
    params={
        "max_length": Param(
            type=positive, help="tokens that the model reads at once; longer contexts lose their beginning"
        ),
        "chat": Param(type=_yes, default=False, help="ask in the chat template of the tokenizer: yes or no"),
    },
)
