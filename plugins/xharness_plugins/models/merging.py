"""Merging the encoders of checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness import LoadOptions, Start


def merge(
    path: Path, others: Sequence[Path], method: str, scale: float, density: float, out: Path, options: LoadOptions
) -> Mapping[str, Any]:
    """Merge the encoders of checkpoints that were trained from the one at `path`, and write the result to `out`.

    Heads are left out; the pooler is that of `path`. Returns a report: the number of merged checkpoints, the mean
    absolute change of a weight from `path`, and the heads left out. Raises BadRequest where an architecture differs,
    and StageError where weights are missing.
    """
    from xharness.engine import merging
    from xharness.engine.checkpoints import quiet
    from xharness_plugins.models.checkpoint_files import load_tokenizer, set_trained_pooling
    from xharness_plugins.models.loading import keep_pooler

    model, dropped = _encoder(path, options)
    before, states = dict(model.state_dict()), []
    for other in others:
        trained, heads = _encoder(other, options)
        states.append(trained.state_dict())
        dropped |= heads
    merged = merging.merge(before, states, method, scale, density)
    moved = sum(float((merged[name].double() - before[name].double()).abs().sum()) for name in before)
    count = sum(value.numel() for value in before.values())
    model.load_state_dict(merged)
    set_trained_pooling(model.config, None)
    if "pooler" in dropped and keep_pooler(path, model, options):
        dropped.remove("pooler")
    with quiet():
        model.save_pretrained(out)
        load_tokenizer(path, options).save_pretrained(out)
    return {"checkpoints": len(others), "mean_change": moved / count, "heads_dropped": sorted(dropped)}


def _encoder(path: Path, options: LoadOptions) -> tuple[Any, set[str]]:
    """Return the encoder of a checkpoint, and the names of the heads left out."""
    import torch

    from xharness_plugins.models.checkpoint_files import load_config
    from xharness_plugins.models.loading import load_checkpoint

    config = load_config(path, options)
    model, loading = load_checkpoint(path, "AutoModel", config, options, dtype=torch.float32, start=Start())
    return model, set(loading.dropped)
