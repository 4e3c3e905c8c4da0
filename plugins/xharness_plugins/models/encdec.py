"""Encoders that a training turns into an encoder-decoder, which writes text and scores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadedModel, LoadOptions, ModelInfo, Task, Training
from xharness_plugins.models import target_texts, word_space
from xharness_plugins.models.hf import HF

_WORDS = frozenset({"loglikelihood", "generate"})
_FOLDER = "encoder_decoder"


def _claims(path: Path) -> int | None:
    """Take no folder by itself: as an encoder it is that of another adapter."""
    return None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    """Return the facts about an encoder; BadRequest if the transformers library cannot run it as a decoder too."""
    from xharness_plugins.models import inspection
    from xharness_plugins.models.checkpoint_files import holds_updates, read_config
    from xharness_plugins.models.warm_start import TYPES

    if holds_updates(path):
        raise BadRequest(f"{path}: low-rank updates; the adapter 'encdec' needs a whole encoder, so merge them first")
    info = inspection.inspect(path, reference, revision, options, adapter="encdec")
    kind = read_config(path)["model_type"]
    if kind not in TYPES:
        raise BadRequest(
            f"{path}: the transformers library cannot run model type '{kind}' as a decoder, so the adapter 'encdec' "
            f"makes no encoder-decoder of it; it takes {', '.join(sorted(TYPES))}"
        )
    return info


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    if capability in _WORDS:
        return target_texts.load(path, params, options)
    return HF.load(path, capability, task, params, options)


def _train(training: Training) -> Mapping[str, Any]:
    """Train a head on a task, or in words the encoder-decoder, which is made of the encoder first."""
    from xharness_plugins.models import warm_start
    from xharness_plugins.models.training import train

    made = bool(training.tasks[0].words) and warm_start.is_encoder(training.path, training.options)
    if made:
        folder = training.scratch / _FOLDER
        warm_start.write(training, folder)
        training = replace(training, path=folder, options=replace(training.options, bases=()))
    report = train(training)
    return {**report, "heads_created": ["crossattention"]} if made else report


ENCDEC = replace(
    HF,
    name="encdec",
    summary="encoders that a training on code turns into an encoder-decoder (BERT, XLM-R); named as encdec:MODEL",
    capabilities=HF.capabilities | _WORDS,
    claims=_claims,
    inspect=_inspect,
    load=_load,
    train=_train,
    lora=False,
    merge=None,
    words=True,
    settle=lambda info, params: word_space.settle(info, target_texts.settled(params)),
    params={**HF.params, target_texts.BEAMS: target_texts.BEAMS_PARAM},
    warm_start="add a last training to the recipe, as --param target=mconala of zero-shot and intermediate",
)
