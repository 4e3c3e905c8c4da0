"""Decoders of the transformers library, such as Llama and Gemma: they score and write text, or get a head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, Finding, LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, Training, positive
from xharness_plugins.models import directions, word_space
from xharness_plugins.models.chat import CHAT, chat_digest, check_chat
from xharness_plugins.models.hf import LAYER, check_layer, pooling
from xharness_plugins.models.samples import PARAMS as SAMPLING
from xharness_plugins.models.samples import check_samples, settled

_WORDS = frozenset({"loglikelihood", "generate", "fill_slots"})


def _claims(path: Path) -> int | None:
    """Take decoders, and peft's low-rank updates of them, before the adapter of encoders."""
    from xharness_plugins.models.inspection import is_decoder
    from xharness_plugins.models.text_updates import adapter_of

    return 5 if (adapter_of(path) or ("causal" if is_decoder(path) else None)) == "causal" else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models import lora, text_updates
    from xharness_plugins.models.checkpoint_files import holds_updates

    if holds_updates(path) and text_updates.adapter_of(path) is None:
        info = lora.inspect(path, reference, revision, options, "causal", decoders=True)
    else:
        info = text_updates.inspect(path, reference, revision, options, "causal")
    # A checkpoint with another head, or with none, cannot score or write text.
    headless = info.architecture.endswith("Model") and not info.architecture.endswith("LMHeadModel")
    return info if info.ready or headless else replace(info, ready=_WORDS)


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models import loading, text_model

    if capability in _WORDS:
        if params.get(directions.NAME):
            raise BadRequest(
                f"{directions.NAME}=yes: a model that is asked in words reads from left to right; leave the parameter "
                "out, or use a recipe that trains a head"
            )
        packed = capability == "generate" and not options.exact
        return text_model.load(path, params, options, packed=packed)
    return loading.load(path, capability, task, params, options)


def _train(training: Training) -> Mapping[str, Any]:
    from xharness_plugins.models.training import train

    return train(training)


def _check(info: ModelInfo, params: Mapping[str, Any]) -> None:
    check_layer(info, params)
    check_chat(info, params)
    check_samples(params)


def _settle(info: ModelInfo, params: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = {name: value for name, value in settled(params).items() if name != directions.NAME or value}
    return word_space.settle(info, kept)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(path, words, options)


CAUSAL = Model(
    name="causal",
    summary="decoders of the transformers library, as Llama and Gemma, asked and trained in words or with a head",
    capabilities=_WORDS | {"embed", "classify", "choose", "tag", "answer"},
    claims=_claims,
    inspect=_inspect,
    load=_load,
    train=_train,
    trainings=frozenset({"finetune", "multitask"}),
    lora=True,
    words=True,
    check=_check,
    check_up=_check_up,
    settle=_settle,
    chat_template=chat_digest,
    params={
        "layer": LAYER,
        "pooling": pooling("mean", "last"),
        "max_length": Param(
            type=positive,
            help="maximum number of tokens of an input, by default as for encoders; long prompts lose their beginning",
        ),
        "chat": CHAT,
        **SAMPLING,
        directions.NAME: directions.PARAM,
        word_space.NAME: word_space.PARAM,
    },
)
