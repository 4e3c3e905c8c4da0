"""Encoder-decoders of the transformers library: they translate (NLLB), or read and write text (mT5, T5, BART)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, Finding, LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, Training, positive
from xharness_plugins.models import target_texts
from xharness_plugins.models.chat import CHAT, chat_digest, check_chat, yes
from xharness_plugins.models.checkpoint_files import read_config

_WORDS = frozenset({"loglikelihood", "generate", "fill_slots"})


def _claims(path: Path) -> int | None:
    """Return the priority for encoder-decoders: higher than that of the adapter for any configuration."""
    from xharness_plugins.models.inspection import has_decoder
    from xharness_plugins.models.text_updates import adapter_of

    try:
        own = (path / "config.json").is_file() and has_decoder(read_config(path))
    except BadRequest:
        own = False
    return 10 if adapter_of(path) == "seq2seq" or own else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.text_updates import TextCheckpoint, inspect
    from xharness_plugins.models.translation_facts import declares_translation

    info = inspect(path, reference, revision, options, "seq2seq")
    whole = TextCheckpoint.read(path, options).folder.path
    words = frozenset() if declares_translation(whole) else _WORDS
    return replace(info, ready=frozenset({"translate"}) | words, labels=())


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    if capability in _WORDS:
        return target_texts.load(path, params, options)
    from xharness_plugins.models.translator import load

    return load(path, params, options)


def _train(training: Training) -> Mapping[str, Any]:
    from xharness_plugins.models.training import train

    return train(training)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(path, words, options)


SEQ2SEQ = Model(
    name="seq2seq",
    summary="encoder-decoders of the transformers library: translators (NLLB), or asked and trained in words (mT5)",
    capabilities=_WORDS | {"translate"},
    claims=_claims,
    inspect=_inspect,
    load=_load,
    train=_train,
    trainings=frozenset({"finetune", "multitask"}),
    lora=True,
    words=True,
    check_up=_check_up,
    check=check_chat,
    settle=lambda info, params: target_texts.settled(params),
    chat_template=chat_digest,
    params={
        "max_length": Param(
            type=positive, help="tokens of a context that the encoder reads; longer contexts lose their beginning"
        ),
        "chat": CHAT,
        "sentinel": Param(
            type=yes,
            default=False,
            help="ask as T5 and mT5 were pre-trained: the target fills a gap at the end of the context: yes or no",
        ),
        target_texts.BEAMS: target_texts.BEAMS_PARAM,
    },
)
