"""Decoders of the transformers library, such as Llama and Gemma: they score and write text, or get a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, Training, positive
from xharness_plugins.models.hf import LAYER, check_layer, pooling

_WORDS = frozenset({"loglikelihood", "generate"})


def _claims(path: Path) -> int | None:
    """Take decoders, before the adapter of encoders."""
    from xharness_plugins.models.inspection import is_decoder

    return 5 if is_decoder(path) else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models import inspection, lora
    from xharness_plugins.models.checkpoint_files import holds_updates

    inspect = lora.inspect if holds_updates(path) else inspection.inspect
    info = inspect(path, reference, revision, options, adapter="causal", decoders=True)
    # A checkpoint with another head, or with none, cannot score or write text.
    headless = info.architecture.endswith("Model") and not info.architecture.endswith("LMHeadModel")
    return info if info.ready or headless else replace(info, ready=_WORDS)


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models import loading, text_model

    if capability in _WORDS:
        return text_model.load(path, params, options)
    return loading.load(path, capability, task, params, options)


def _train(training: Training) -> Mapping[str, Any]:
    from xharness_plugins.models.training import train

    return train(training)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text == "yes"


CAUSAL = Model(
    name="causal",
    summary="decoders of the transformers library, as Llama and Gemma, asked in words or fine-tuned with a head",
    capabilities=_WORDS | {"embed", "classify", "choose", "tag", "answer"},
    claims=_claims,
    inspect=_inspect,
    load=_load,
    train=_train,
    trainings=frozenset({"finetune", "multitask"}),
    lora=True,
    check=check_layer,
    params={
        "layer": LAYER,
        "pooling": pooling("mean", "last"),
        "max_length": Param(
            type=positive,
            help="maximum number of tokens of an input, by default as for encoders; long prompts lose their beginning",
        ),
        "chat": Param(type=_yes, default=False, help="ask in the chat template of the tokenizer: yes or no"),
    },
)
