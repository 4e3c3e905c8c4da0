"""Load the encoder of a checkpoint with one head, to predict with or to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, LoadOptions, Start, Task, Training
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.checkpoint_files import CAUSAL_INPUTS
from xharness_plugins.models.decoder_inputs import fit_decoder, has_causal_inputs
from xharness_plugins.models.directions import open_directions, set_directions
from xharness_plugins.models.fitting import fit_inputs, remarks, stream_options
from xharness_plugins.models.heads.head import Head, LoadedEncoder
from xharness_plugins.models.heads.table import HEADS
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.labels import order, task_labels, with_labels

if TYPE_CHECKING:
    from xharness.engine.checkpoints import Loading
    from xharness.engine.inference import Stream
    from xharness_plugins.models.predictors import Predictor


def load(path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions) -> Predictor:
    """Load a checkpoint for a capability.

    Raises BadRequest if its head or the head's labels do not fit the task, and StageError if weights are missing.
    """
    from xharness.engine.device import resolve_device, resolve_dtype

    checkpoint, head = Checkpoint.read(path, options), HEADS[capability]
    folder = checkpoint.folder
    if head.predictor is None:
        raise BadRequest(f"{path}: a head for {head.name} is for training only, it makes no predictions")
    if not head.pooling:
        if task is None:
            raise BadRequest(f"{path}: {capability} needs a task")
        task = with_labels(task, folder.labels)
        _check_head(folder, head, task)
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    tokenizer = checkpoint.tokenizer(split_words=head.split_words)
    keep_head = folder.head == capability
    config = checkpoint.config()
    set_directions(config, params)
    model, loading = checkpoint.load(
        head.auto,
        config,
        dtype=dtype,
        start=Start(keep_head=keep_head),
        pooler=keep_head and bool(head.pooling),
    )
    types = fit_inputs(path, tokenizer, model)
    pad = _as_decoder(path, tokenizer, model) if folder.decoder else None
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "heads_dropped": list(loading.dropped),
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
        **({"bidirectional": True} if folder.decoder and not getattr(model.config, "is_causal", True) else {}),
        **remarks(loading, types, pad),
    }
    encoder = LoadedEncoder(
        model=model.to(device).eval(),
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, stream_options(options, model)),
        max_length=folder.max_length,
        dtype=dtype,
        about=about,
        causal_inputs=has_causal_inputs(model.config),
        start=tokenizer.bos_token_id if folder.decoder else None,
    )
    return replace(head.predictor(encoder, task, params), tokenizer=tokenizer)


def load_to_train(checkpoint: Checkpoint, training: Training, task: Task) -> tuple[LoadedEncoder, Loading]:
    """Load a checkpoint with a head for one task of a training, in float32 on the CPU.

    A new head is initialised from the seed. BadRequest if the head to keep does not fit the task.
    """
    import torch

    from xharness.engine.device import resolve_device, resolve_dtype

    options, start = training.options, training.start
    folder, head = checkpoint.folder, HEADS[task.kind.capability]
    if start.keep_head:
        _check_head(folder, head, task)
    config = checkpoint.config(**({} if start.keep_head else head.new_config(task)))
    set_directions(config, training.params)
    if folder.decoder and not start.keep_head:
        setattr(config, CAUSAL_INPUTS, True)
    tokenizer = checkpoint.tokenizer(split_words=head.split_words)
    torch.manual_seed(training.seed)
    model, loading = checkpoint.load(head.auto, config, dtype=torch.float32, start=start, pooler=bool(head.pooling))
    fit_inputs(checkpoint.path, tokenizer, model)
    pad = _as_decoder(checkpoint.path, tokenizer, model) if folder.decoder else None
    device = resolve_device(options.device)
    silent = replace(options, on_tokens=None)
    encoder = LoadedEncoder(
        model=model,
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, stream_options(silent, model)),
        max_length=folder.max_length,
        dtype=resolve_dtype(options.dtype, device),
        about=remarks(loading, pad=pad),
        causal_inputs=has_causal_inputs(model.config),
    )
    return encoder, loading


def _as_decoder(path: Path, tokenizer: Any, model: Any) -> dict[str, Any] | None:
    """Prepare a decoder and its tokenizer for a head; return the pad token as `fit_decoder` does."""
    open_directions(model)
    return fit_decoder(path, tokenizer, model.config)


def _check_head(folder: Folder, head: Head, task: Task) -> None:
    """Raise BadRequest if a checkpoint has no head for a task, or a head with other labels."""
    if folder.head != head.capability:
        raise BadRequest(
            f"{folder.path}: {folder.architecture} has no head for {head.name}, which task '{task.name}' needs; use a "
            "recipe that trains a head"
        )
    if head.labelled:
        order(folder.labels, task_labels(task), task.name)


def stream_on(device: Any, tokenizer: Any, hidden_size: int, options: LoadOptions) -> Stream:
    """Return the stream that runs tokenized sequences through a model of a hidden size on a device."""
    from xharness.engine.batches import usual_budget
    from xharness.engine.inference import Stream

    pad, budget = tokenizer.pad_token_id or 0, usual_budget(device.type, hidden_size)
    return Stream(device, pad, budget, exact=options.exact, on_tokens=options.on_tokens)
