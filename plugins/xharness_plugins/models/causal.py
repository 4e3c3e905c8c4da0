"""Causal language models of the transformers library, such as Llama and Gemma: they score and write text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import Finding, LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, positive


def _claims(path: Path) -> int | None:
    """Take decoders, before the adapter of encoders."""
    from xharness_plugins.models.inspection import is_decoder

    return 5 if is_decoder(path) else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import inspect

    info = inspect(path, reference, revision, options, adapter="causal", decoders=True)
    return replace(info, ready=frozenset({"loglikelihood", "generate"}), labels=())


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.text_model import load

    return load(path, params, options)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(path, words, options)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text == "yes"


CAUSAL = Model(
    name="causal",
    summary="causal language models of the transformers library, as Llama and Gemma, asked in words",
    capabilities=frozenset({"loglikelihood", "generate"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check_up=_check_up,
    params={
        "max_length": Param(
            type=positive, help="tokens that the model reads at once; longer contexts lose their beginning"
        ),
        "chat": Param(type=_yes, default=False, help="ask in the chat template of the tokenizer: yes or no"),
    },
)
