"""From a checkpoint folder to a loaded encoder with one capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, LoadOptions, SpanQA, Tagging, Task
from xharness_plugins.models.inspection import AUTO, Folder
from xharness_plugins.models.labels import order
from xharness_plugins.models.lowrank import merged_weights, whole

if TYPE_CHECKING:
    import torch

    from xharness.engine.checkpoints import Loading
    from xharness.engine.inference import Stream
    from xharness_plugins.models.streams import Answerer, Chooser, Classifier, Embedder, Loaded, Tagger

EMBED_LENGTH = 512
_HEADS = {"classify": "classes", "choose": "choices", "tag": "tags", "answer": "answer spans", "embed": "vectors"}


def load(path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions) -> Loaded:
    """Load a checkpoint for a capability.

    Raises BadRequest where its head, or the head's labels, are not what the task needs, and StageError where its
    weights are not whole.
    """
    folder = Folder.read(path)
    if capability == "embed":
        return _embedder(folder, params, options)
    if task is None:
        raise BadRequest(f"{path}: {capability} needs a task")
    task = labelled(task, folder.labels)
    check_head(folder, capability, task)
    return with_head(folder, task, params, *_on_device(folder, AUTO[capability], options, keep_head=True))


def check_head(folder: Folder, capability: str, task: Task) -> None:
    """Raise BadRequest where a checkpoint has no head for a task, or one with other labels."""
    if folder.head != capability:
        raise BadRequest(
            f"{folder.path}: {folder.architecture} has no head for {_HEADS[capability]}, which task '{task.name}' "
            "needs; use a recipe that trains one"
        )
    if labels := task_labels(task):
        order(folder.labels, labels, task.name)


def labelled(task: Task, labels: Iterable[str]) -> Task:
    """Return a task with its labels: those given where only its training split, and so the checkpoint, has them."""
    return replace(task, labels=tuple(labels)) if isinstance(task, Tagging) and not task.labels else task


def task_labels(task: Task) -> tuple[str, ...]:
    """Return the labels of a task, none where its kind has no labels."""
    return tuple(getattr(task, "labels", ()))


def label_places(model: Any, task: Task) -> dict[str, int]:
    """Return the place in a model's head of each label of a task, in the task's order."""
    labels = task_labels(task)
    if not labels:
        return {}
    names = [model.config.id2label[place] for place in range(model.config.num_labels)]
    return dict(zip(labels, order(names, labels, task.name), strict=True))


def load_tokenizer(path: Path, options: LoadOptions, *, words: bool = False) -> Any:
    """Load a fast tokenizer; with `words`, one that marks every word as a word's beginning."""
    from transformers import AutoTokenizer

    from xharness.engine.checkpoints import quiet

    more = {"add_prefix_space": True} if words else {}
    with quiet():
        path = whole(path, options)
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=options.allow_remote_code, **more)
    if not tokenizer.is_fast:
        raise BadRequest(f"{path}: {type(tokenizer).__name__} is no fast tokenizer; a tokenizer.json is needed")
    return tokenizer


def load_checkpoint(
    path: Path,
    auto: str,
    options: LoadOptions,
    *,
    dtype: torch.dtype,
    keep_head: bool,
    pooler: bool = False,
    fresh_pooler: bool = False,
    config: Any = None,
) -> tuple[Any, Loading]:
    """Load a checkpoint as `load_model` of the engine does, low-rank updates put into their base."""
    from xharness.engine.checkpoints import load_model

    return load_model(
        path,
        auto,
        config or load_config(path, options),
        dtype=dtype,
        keep_head=keep_head,
        pooler=pooler,
        fresh_pooler=fresh_pooler,
        allow_pickle=options.allow_pickle,
        allow_remote_code=options.allow_remote_code,
        weights=merged_weights(path, options),
    )


def keep_pooler(path: Path, model: Any, options: LoadOptions) -> bool:
    """Give a model whose head reads no pooler the checkpoint's own, so that the next training finds it.

    BERT's was trained with it, and classifies. Says whether there is one.
    """
    import torch

    bare, loading = load_checkpoint(path, "AutoModel", options, dtype=torch.float32, keep_head=False, pooler=True)
    pooler = getattr(bare, "pooler", None)
    if pooler is None or "pooler" in loading.created:
        return False
    model.base_model.pooler = pooler
    return True


def load_config(path: Path, options: LoadOptions, **changes: Any) -> Any:
    """Load a transformers configuration, with changes."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(path, trust_remote_code=options.allow_remote_code, **changes)


def with_head(
    folder: Folder,
    task: Task,
    params: Mapping[str, Any],
    model: Any,
    tokenizer: Any,
    stream: Stream,
    about: dict[str, Any],
) -> Classifier | Chooser | Tagger | Answerer:
    """Return a model with a head, ready for a task."""
    from xharness.engine.alignment import WordEncoder
    from xharness.engine.spans import Reader
    from xharness_plugins.models.streams import Answerer, Chooser, Classifier, Tagger, TextEncoder

    length = min(params.get("max_length") or task.tuning.max_length, folder.max_length)
    about = {**about, "max_length": length}
    if task.kind.capability == "answer":
        stride, may_be_none = task.tuning.stride, isinstance(task, SpanQA) and task.unanswerable
        about |= {"stride": stride}
        return Answerer(model, stream, about, reader=Reader(tokenizer, length, stride), unanswerable=may_be_none)
    if task.kind.capability == "choose":
        return Chooser(model, stream, about, encode=TextEncoder(tokenizer, length))
    labels, places = task_labels(task), list(label_places(model, task).values())
    if task.kind.capability == "classify":
        return Classifier(model, stream, about, encode=TextEncoder(tokenizer, length), labels=labels, order=places)
    return Tagger(model, stream, about, encoder=WordEncoder(tokenizer, length), labels=labels, order=places)


def _embedder(folder: Folder, params: Mapping[str, Any], options: LoadOptions) -> Embedder:
    from xharness.engine.pooling import default_layer

    trained = folder.trained_pooling
    model, tokenizer, stream, about = _on_device(folder, "AutoModel", options, keep_head=bool(trained))
    layers = model.config.num_hidden_layers
    layer = default_layer(layers) if params.get("layer") is None else params["layer"]
    if not 0 <= layer <= layers:
        raise BadRequest(f"layer {layer}: {folder.path} has hidden layers 0 (embeddings) to {layers}")
    if trained:
        layer = layers
    pooling = trained or params.get("pooling") or "mean"
    length = min(params.get("max_length") or EMBED_LENGTH, folder.max_length)
    about |= {"layer": layer, "layers": layers, "pooling": pooling, "max_length": length}
    return embedder(model, tokenizer, stream, about, fixed_length=bool(params.get("max_length")))


def embedder(model: Any, tokenizer: Any, stream: Stream, about: Mapping[str, Any], *, fixed_length: bool) -> Embedder:
    """Return a model that embeds as `about` says: its layer, pooling and max_length."""
    from xharness.engine.pooling import embedding_step
    from xharness_plugins.models.streams import Embedder, TextEncoder

    encode = TextEncoder(tokenizer, about["max_length"])
    step = embedding_step(model, about["layer"], about["pooling"])
    return Embedder(model, stream, about, encode=encode, step=step, fixed_length=fixed_length)


def stream_on(device: Any, tokenizer: Any, hidden_size: int, options: LoadOptions) -> Stream:
    """Return the stream of a tokenizer's sequences through a model of some hidden size on a device."""
    from xharness.engine.batches import usual_budget
    from xharness.engine.inference import Stream

    pad, budget = tokenizer.pad_token_id or 0, usual_budget(device.type, hidden_size)
    return Stream(device, pad, budget, exact=options.exact, on_tokens=options.on_tokens)


def _on_device(
    folder: Folder, auto: str, options: LoadOptions, keep_head: bool
) -> tuple[Any, Any, Stream, dict[str, Any]]:
    from xharness.engine.device import resolve_device, resolve_dtype

    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    model, loading = load_checkpoint(
        folder.path, auto, options, dtype=dtype, keep_head=keep_head, pooler=auto == "AutoModel" and keep_head
    )
    tokenizer = load_tokenizer(folder.path, options, words=auto == AUTO["tag"])
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "heads_dropped": list(loading.dropped),
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
    }
    return model.to(device).eval(), tokenizer, stream_on(device, tokenizer, folder.hidden_size, options), about
