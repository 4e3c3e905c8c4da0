"""From a checkpoint folder to a loaded encoder with one head: to predict with, or to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, LoadOptions, Start, Task, Training
from xharness_plugins.models.checkpoint_files import holds_updates, load_config, load_tokenizer
from xharness_plugins.models.heads.head import Head, LoadedEncoder
from xharness_plugins.models.heads.table import HEADS
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.labels import order, task_labels, with_labels
from xharness_plugins.models.lora import merged_weights

if TYPE_CHECKING:
    import torch

    from xharness.engine.checkpoints import Loading
    from xharness.engine.inference import Stream
    from xharness_plugins.models.predictors import Predictor


def load(path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions) -> Predictor:
    """Load a checkpoint for a capability.

    Raises BadRequest where its head, or the head's labels, do not fit the task, and StageError where weights are
    missing.
    """
    from xharness.engine.device import resolve_device, resolve_dtype

    folder, head = Folder.read(path), HEADS[capability]
    if head.predictor is None:
        raise BadRequest(f"{path}: a head for {head.name} is for training only, so it cannot {capability}")
    if not head.pooling:
        if task is None:
            raise BadRequest(f"{path}: {capability} needs a task")
        task = with_labels(task, folder.labels)
        _check_head(folder, head, task)
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    config, tokenizer = load_config(path, options), load_tokenizer(path, options, words=head.split_words)
    start = Start(keep_head=folder.head == capability)
    model, loading = load_checkpoint(
        path, head.auto, config, options, dtype=dtype, start=start, pooler=start.keep_head and bool(head.pooling)
    )
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "heads_dropped": list(loading.dropped),
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
    }
    encoder = LoadedEncoder(
        model=model.to(device).eval(),
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, options),
        max_length=folder.max_length,
        dtype=dtype,
        about=about,
    )
    return replace(head.predictor(encoder, task, params), tokenizer=tokenizer)


def load_to_train(training: Training, task: Task) -> tuple[LoadedEncoder, Loading]:
    """Load the checkpoint of a training with a head for one task, in float32 on the CPU.

    A new head is made from the seed. BadRequest where the head to keep does not fit the task.
    """
    import torch

    from xharness.engine.device import resolve_device, resolve_dtype

    path, options, start = training.path, training.options, training.start
    folder, head = Folder.read(path), HEADS[task.kind.capability]
    if start.keep_head:
        _check_head(folder, head, task)
    device = resolve_device(options.device)
    config = load_config(path, options, **({} if start.keep_head else head.new_config(task)))
    tokenizer = load_tokenizer(path, options, words=head.split_words)
    torch.manual_seed(training.seed)
    model, loading = load_checkpoint(
        path, head.auto, config, options, dtype=torch.float32, start=start, pooler=bool(head.pooling)
    )
    encoder = LoadedEncoder(
        model=model,
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, replace(options, on_tokens=None)),
        max_length=folder.max_length,
        dtype=resolve_dtype(options.dtype, device),
    )
    return encoder, loading


def _check_head(folder: Folder, head: Head, task: Task) -> None:
    """Raise BadRequest where a checkpoint has no head for a task, or one with other labels."""
    if folder.head != head.capability:
        raise BadRequest(
            f"{folder.path}: {folder.architecture} has no head for {head.name}, which task '{task.name}' needs; use a "
            "recipe that trains one"
        )
    if head.labelled:
        order(folder.labels, task_labels(task), task.name)


def stream_on(device: Any, tokenizer: Any, hidden_size: int, options: LoadOptions) -> Stream:
    """Return the stream of a tokenizer's sequences through a model of a hidden size on a device."""
    from xharness.engine.batches import usual_budget
    from xharness.engine.inference import Stream

    pad, budget = tokenizer.pad_token_id or 0, usual_budget(device.type, hidden_size)
    return Stream(device, pad, budget, exact=options.exact, on_tokens=options.on_tokens)


def load_checkpoint(
    path: Path, auto: str, config: Any, options: LoadOptions, *, dtype: torch.dtype, start: Start, pooler: bool = False
) -> tuple[Any, Loading]:
    """Load a checkpoint as `load_model` of the engine does, with low-rank updates merged into their base."""
    from xharness.engine.checkpoints import load_model

    return load_model(
        path,
        auto,
        config,
        dtype=dtype,
        keep_head=start.keep_head,
        pooler=pooler,
        fresh_pooler=start.fresh_pooler,
        allow_pickle=options.allow_pickle,
        allow_remote_code=options.allow_remote_code,
        weights=merged_weights(path, options) if holds_updates(path) else None,
    )


def keep_pooler(path: Path, model: Any, options: LoadOptions) -> bool:
    """Give a model whose head reads no pooler that of the checkpoint, so that a later training starts from it.

    BERT's pooler was pre-trained and serves classification. Returns whether the checkpoint has one.
    """
    import torch

    config, start = load_config(path, options), Start()
    bare, loading = load_checkpoint(path, "AutoModel", config, options, dtype=torch.float32, start=start, pooler=True)
    pooler = getattr(bare, "pooler", None)
    if pooler is None or "pooler" in loading.created:
        return False
    model.base_model.pooler = pooler
    return True
