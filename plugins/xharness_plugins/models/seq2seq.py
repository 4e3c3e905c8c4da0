"""Encoder-decoders of the transformers library that translate: Marian, M2M-100, NLLB, mBART-50, MADLAD, T5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadedModel, LoadOptions, Model, ModelInfo, Task
from xharness.engine.checkpoints import read_json


def claims(path: Path) -> bool:
    """Say whether a folder holds an encoder-decoder of the transformers library."""
    try:
        return bool(read_json(path / "config.json").get("is_encoder_decoder"))
    except (OSError, BadRequest):
        return False


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import inspect

    found = inspect(path, reference, revision, options, adapter="seq2seq", decoders=True)
    return replace(found, head="translate", labels=())


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.translator import load

    return load(path, params, options)


SEQ2SEQ = Model(
    name="seq2seq",
    summary="encoder-decoders of the transformers library that translate, as NLLB and Marian",
    capabilities=frozenset({"translate"}),
    claims=claims,
    inspect=_inspect,
    load=_load,
)
