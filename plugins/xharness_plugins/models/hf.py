"""Encoders of the transformers library: BERT, XLM-R and their kin, fine-tuned or to be fine-tuned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import BadParameter, LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, positive
from xharness_plugins.models import seq2seq


def _claims(path: Path) -> bool:
    held = any((path / name).is_file() for name in ("config.json", "adapter_config.json"))
    return held and not (path / "modules.json").is_file() and not seq2seq.claims(path)


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models import inspection, lowrank

    inspect = lowrank.inspect if lowrank.holds_updates(path) else inspection.inspect
    return inspect(path, reference, revision, options, adapter="hf")


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.loading import load

    return load(path, capability, task, params, options)


def _finetune(path: Path, *rest: Any, **more: Any) -> Mapping[str, Any]:
    from xharness_plugins.models.finetuning import finetune

    return finetune(path, *rest, **more)


def _multitask(path: Path, *rest: Any, **more: Any) -> Mapping[str, Any]:
    from xharness_plugins.models.multitask import multitask

    return multitask(path, *rest, **more)


def _merge(path: Path, *rest: Any, **more: Any) -> Mapping[str, Any]:
    from xharness_plugins.models.merging import merge

    return merge(path, *rest, **more)


def _pooling(name: str) -> str:
    from xharness.engine.pooling import POOLINGS

    if name not in POOLINGS:
        raise ValueError(f"say {' or '.join(POOLINGS)}")
    return name


def _check(info: ModelInfo, params: Mapping[str, Any]) -> None:
    layer = params.get("layer")
    if layer is not None and info.layers and not 0 <= layer <= info.layers:
        has = f"{info.reference} has hidden layers 0 (the embeddings) to {info.layers}"
        raise BadParameter.of("layer", layer, has)


MAX_LENGTH = Param(
    type=positive, help="tokens that the model reads at once; by default the task's; for vectors 512 or the model's own"
)

HF = Model(
    name="hf",
    summary="encoders of the transformers library, as BERT and XLM-R",
    capabilities=frozenset({"embed", "classify", "choose", "tag", "answer", "fill"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    finetune=_finetune,
    multitask=_multitask,
    merge=_merge,
    check=_check,
    lora=True,
    params={
        "layer": Param(
            type=int,
            help="the hidden layer that vectors are read from, 0 for the embeddings; by default a bit past the middle",
            capability="embed",
        ),
        "pooling": Param(
            type=_pooling, default="mean", help="how tokens become a vector: mean or cls", capability="embed"
        ),
        "max_length": MAX_LENGTH,
    },
)
