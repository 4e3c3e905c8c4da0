"""The small files of a checkpoint: its configuration, its tokenizer, and the base that low-rank updates belong to."""

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


def load_config(path: Path, options: LoadOptions, **changes: Any) -> Any:
    """Load a transformers configuration, with changes."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(path, trust_remote_code=options.allow_remote_code, **changes)


def set_trained_pooling(config: Any, pooling: str | None) -> None:
    """Write to a configuration how a dual encoder pools; None for any other model removes what it was before."""
    if pooling or hasattr(config, TRAINED_POOLING):
        setattr(config, TRAINED_POOLING, pooling)


def load_tokenizer(path: Path, options: LoadOptions, *, words: bool = False) -> Any:
    """Load the fast tokenizer of a checkpoint, that of the base checkpoint for low-rank updates.

    With `words` it puts a space before every text, as for the words of a sentence that come one by one. BadRequest
    where there is no fast tokenizer.
    """
    from transformers import AutoTokenizer

    from xharness.engine.checkpoints import quiet

    more = {"add_prefix_space": True} if words else {}
    with quiet():
        path = full_checkpoint(path, options)
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=options.allow_remote_code, **more)
    if not tokenizer.is_fast:
        raise BadRequest(f"{path}: {type(tokenizer).__name__} is not a fast tokenizer; add its tokenizer.json")
    return tokenizer


def holds_updates(path: Path) -> bool:
    """Say whether a folder holds low-rank updates instead of a full checkpoint."""
    return (path / UPDATES_CONFIG).is_file()


def base_of(path: Path, options: LoadOptions) -> tuple[Path, LoadOptions]:
    """Return the base checkpoint of low-rank updates and the options to load it; BadRequest where it is missing."""
    if options.bases:
        return options.bases[0], replace(options, bases=options.bases[1:])
    base = Path(read_json(path / UPDATES_CONFIG).get("base_model_name_or_path") or "")
    if not base.is_absolute() or not base.is_dir():
        raise BadRequest(
            f"{path}: low-rank updates of '{base}', which is not a folder here; put that checkpoint there, or write "
            f"its folder to base_model_name_or_path in {UPDATES_CONFIG}"
        )
    return base, options


def full_checkpoint(path: Path, options: LoadOptions) -> Path:
    """Return `path`, or for low-rank updates the full checkpoint below them, through any updates between."""
    while holds_updates(path):
        path, options = base_of(path, options)
    return path
