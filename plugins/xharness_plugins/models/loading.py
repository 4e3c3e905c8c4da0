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
    import torch

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
    keep_head = folder.head == capability
    config = checkpoint.config()
    set_directions(config, params)
    encoder, loading = _opened(
        checkpoint,
        head,
        config,
        dtype=resolve_dtype(options.dtype, resolve_device(options.device)),
        start=Start(keep_head=keep_head),
        pooler=keep_head and bool(head.pooling),
    )
    about = {
        "device": str(encoder.stream.device),
        "dtype": str(encoder.dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "heads_dropped": list(loading.dropped),
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
        **({"bidirectional": True} if folder.decoder and not getattr(encoder.model.config, "is_causal", True) else {}),
        **encoder.about,
    }
    encoder = replace(encoder, model=encoder.model.to(encoder.stream.device).eval(), about=about)
    return replace(head.predictor(encoder, task, params), tokenizer=encoder.tokenizer)


def load_to_train(checkpoint: Checkpoint, training: Training, task: Task) -> tuple[LoadedEncoder, Loading]:
    """Load a checkpoint with a head for one task of a training, in float32 on the CPU.

    A new head is initialised from the seed. BadRequest if the head to keep does not fit the task.
    """
    import torch

    start, head = training.start, HEADS[task.kind.capability]
    if start.keep_head:
        _check_head(checkpoint.folder, head, task)
    config = checkpoint.config(**({} if start.keep_head else head.new_config(task)))
    if checkpoint.folder.decoder and not start.keep_head:
        setattr(config, CAUSAL_INPUTS, True)
    set_directions(config, training.params)
    torch.manual_seed(training.seed)
    return _opened(checkpoint, head, config, dtype=torch.float32, start=start, pooler=bool(head.pooling))


def _opened(
    checkpoint: Checkpoint, head: Head, config: Any, *, dtype: torch.dtype, start: Start, pooler: bool
) -> tuple[LoadedEncoder, Loading]:
    """Return a checkpoint with a head, in a number format on the CPU, with the stream that runs it on the device."""
    from xharness.engine.device import resolve_device, resolve_dtype

    folder, options = checkpoint.folder, checkpoint.options
    tokenizer = checkpoint.tokenizer(split_words=head.split_words)
    model, loading = checkpoint.load(head.auto, config, dtype=dtype, start=start, pooler=pooler)
    types = fit_inputs(folder.path, tokenizer, model)
    pad = _as_decoder(folder.path, tokenizer, model) if folder.decoder else None
    device = resolve_device(options.device)
    encoder = LoadedEncoder(
        model=model,
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, stream_options(options, model)),
        max_length=folder.max_length,
        dtype=resolve_dtype(options.dtype, device),
        about=remarks(loading, types, pad),
        causal_inputs=has_causal_inputs(model.config),
        start=tokenizer.bos_token_id if folder.decoder else None,
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
