"""Encoder-decoders of the transformers library that translate: Marian, M2M-100, NLLB, mBART-50, MADLAD, T5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, Finding, LoadedModel, LoadOptions, Model, ModelInfo, Task
from xharness_plugins.models.checkpoint_files import read_config


def _claims(path: Path) -> int | None:
    """Return the priority for encoder-decoders: higher than that of the adapter for any configuration."""
    from xharness_plugins.models.inspection import has_decoder

    try:
        return 10 if has_decoder(read_config(path)) else None
    except BadRequest:
        return None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import inspect

    info = inspect(path, reference, revision, options, adapter="seq2seq", decoders=True)
    return replace(info, ready=frozenset({"translate"}), labels=())


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.translator import load

    return load(path, params, options)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(path, words, options)


SEQ2SEQ = Model(
    name="seq2seq",
    summary="encoder-decoders of the transformers library that translate, such as NLLB and Marian",
    capabilities=frozenset({"translate"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check_up=_check_up,
)
