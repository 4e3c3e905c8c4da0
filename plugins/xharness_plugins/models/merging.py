"""Merging the encoders of checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness import LoadOptions
from xharness_plugins.models.inspection import TRAINED_POOLING


def merge(
    path: Path, others: Sequence[Path], method: str, scale: float, density: float, out: Path, options: LoadOptions
) -> Mapping[str, Any]:
    """Write the encoder that others make together which were trained from the one at `path`.

    Heads are left out; a pooler is that of the first. Returns which, how many checkpoints were merged, and how far, on
    average, each weight moved from the first. Raises BadRequest where one is of another architecture, and StageError
    where weights are not whole.
    """
    from xharness.engine import merging
    from xharness.engine.checkpoints import quiet
    from xharness_plugins.models.loading import keep_pooler, load_tokenizer

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
    if hasattr(model.config, TRAINED_POOLING):
        setattr(model.config, TRAINED_POOLING, None)
    if "pooler" in dropped and keep_pooler(path, model, options):
        dropped.remove("pooler")
    with quiet():
        model.save_pretrained(out)
        load_tokenizer(path, options).save_pretrained(out)
    return {"checkpoints": len(others), "mean_change": moved / count, "heads_dropped": sorted(dropped)}


def _encoder(path: Path, options: LoadOptions) -> tuple[Any, set[str]]:
    """Return the encoder of a checkpoint, and what was left out of it."""
    import torch

    from xharness_plugins.models.loading import load_checkpoint

    model, loading = load_checkpoint(path, "AutoModel", options, dtype=torch.float32, keep_head=False)
    return model, set(loading.dropped)
