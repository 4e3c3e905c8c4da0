"""What the small files of a checkpoint say: how it pools, whether it holds low-rank updates, and of which base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadOptions
from xharness.engine.checkpoints import read_json

UPDATES_CONFIG = "adapter_config.json"
"""The file of peft that a folder of low-rank updates has."""
TRAINED_POOLING = "xharness_pooling"
"""The key in config.json that says how a trained dual encoder pools its tokens into a vector."""


def set_trained_pooling(config: Any, pooling: str | None) -> None:
    """Write to a configuration how a dual encoder pools; None, for any other model, removes the entry's old value."""
    if pooling or hasattr(config, TRAINED_POOLING):
        setattr(config, TRAINED_POOLING, pooling)


def holds_updates(path: Path) -> bool:
    """Return whether a folder holds low-rank updates instead of a full checkpoint."""
    return (path / UPDATES_CONFIG).is_file()


def base_of(path: Path, options: LoadOptions) -> tuple[Path, LoadOptions]:
    """Return the base checkpoint of low-rank updates and the options to load it; BadRequest if it is missing."""
    if options.bases:
        return options.bases[0], replace(options, bases=options.bases[1:])
    base = Path(read_json(path / UPDATES_CONFIG).get("base_model_name_or_path") or "")
    if not base.is_absolute() or not base.is_dir():
        raise BadRequest(
            f"{path}: low-rank updates of '{base}', which is not a folder on this machine; copy that checkpoint there, "
            f"or write its folder to base_model_name_or_path in {UPDATES_CONFIG}"
        )
    return base, options
