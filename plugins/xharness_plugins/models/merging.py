"""Merging the encoders of checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import LoadOptions

if TYPE_CHECKING:
    from xharness_plugins.models.checkpoint import Checkpoint


def merge(
    path: Path, others: Sequence[Path], method: str, scale: float, density: float, out: Path, options: LoadOptions
) -> Mapping[str, Any]:
    """Merge the encoders of checkpoints that were trained from the one at `path`, and write the result to `out`.

    Heads are left out; the pooler is that of `path`. Returns a report: the number of merged checkpoints, the mean
    absolute change of a weight from `path`, and the heads left out. Raises BadRequest if an architecture differs, and
    StageError if weights are missing.
    """
    from xharness.engine import merging
    from xharness.engine.checkpoints import quiet
    from xharness_plugins.models.checkpoint import Checkpoint
    from xharness_plugins.models.checkpoint_files import set_trained_pooling

    base = Checkpoint.read(path, options)
    model, dropped = _encoder(base)
    before, states = dict(model.state_dict()), []
    for other in others:
        trained, heads = _encoder(Checkpoint.read(other, options))
        states.append(trained.state_dict())
        dropped |= heads
    merged = merging.merge(before, states, method, scale, density)
    moved = sum(float((merged[name].double() - before[name].double()).abs().sum()) for name in before)
    count = sum(value.numel() for value in before.values())
    model.load_state_dict(merged)
    set_trained_pooling(model.config, None)
    pooler = base.pooler() if "pooler" in dropped else None
    if pooler is not None:
        model.pooler = pooler
        dropped.remove("pooler")
    with quiet():
        model.save_pretrained(out)
        base.tokenizer().save_pretrained(out)
    return {"checkpoints": len(others), "mean_change": moved / count, "heads_dropped": sorted(dropped)}


def _encoder(checkpoint: Checkpoint) -> tuple[Any, set[str]]:
    """Return the encoder of a checkpoint, and the names of the heads left out."""
    import torch

    model, loading = checkpoint.load("AutoModel", checkpoint.config(), dtype=torch.float32)
    return model, set(loading.dropped)
