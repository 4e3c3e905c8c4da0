"""Encoders of the transformers library, such as BERT and XLM-R: pre-trained or fine-tuned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness import BadParameter, Finding, LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, Training, positive
from xharness_plugins.models import word_space


def _claims(path: Path) -> int | None:
    """Return a low priority for any folder with a configuration, so that more specific adapters come first."""
    return 1 if any((path / name).is_file() for name in ("config.json", "adapter_config.json")) else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models import inspection, lora
    from xharness_plugins.models.checkpoint_files import holds_updates

    inspect = lora.inspect if holds_updates(path) else inspection.inspect
    return inspect(path, reference, revision, options, adapter="hf")


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.loading import load

    return load(path, capability, task, params, options)


def _train(training: Training) -> Mapping[str, Any]:
    from xharness_plugins.models.training import train

    return train(training)


def _merge(path: Path, *rest: Any, **more: Any) -> Mapping[str, Any]:
    from xharness_plugins.models.merging import merge

    return merge(path, *rest, **more)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(path, words, options)


def pooling(*names: str) -> Param:
    """Return the parameter `pooling`, with the names of its values; the first is the default."""
    choice = " or ".join(names)

    def known(name: str) -> str:
        if name not in names:
            raise ValueError(f"must be {choice}")
        return name

    text = f"how token vectors become a text embedding: {choice}"
    return Param(type=known, default=names[0], help=text, capability="embed")


def check_layer(info: ModelInfo, params: Mapping[str, Any]) -> None:
    """Raise BadParameter if a checkpoint does not have the hidden layer that the parameters name."""
    layer = params.get("layer")
    if layer is not None and info.layers and not 0 <= layer <= info.layers:
        has = f"{info.reference} has hidden layers 0 (the embeddings) to {info.layers}"
        raise BadParameter.of("layer", layer, has)


LAYER = Param(
    type=int,
    help="hidden layer that embeddings are read from (0: input embeddings); by default just above the middle",
    capability="embed",
)
MAX_LENGTH = Param(
    type=positive,
    help="maximum number of tokens of an input; by default the task's, for embeddings 512 or the model's own limit",
)

HF = Model(
    name="hf",
    summary="encoders of the transformers library, such as BERT and XLM-R",
    capabilities=frozenset({"embed", "classify", "choose", "tag", "answer", "fill"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check_up=_check_up,
    train=_train,
    trainings=frozenset({"finetune", "multitask"}),
    lora=True,
    merge=_merge,
    check=check_layer,
    settle=word_space.settle,
    params={
        "layer": LAYER,
        "pooling": pooling("mean", "cls"),
        "max_length": MAX_LENGTH,
        word_space.NAME: word_space.PARAM,
    },
)
