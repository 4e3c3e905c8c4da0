"""What a folder declares for generation: in generation_config.json, or in config.json of older folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xharness.data.forms import either, list_of, read_json, record, whole

_ONE = ("decoder_start_token_id", "forced_bos_token_id", "bos_token_id")
_FORM = record({**{name: whole() for name in _ONE}, "eos_token_id": either(whole(), list_of(whole()))})


def generation_settings(path: Path) -> dict[str, Any]:
    """Return the ids of tokens that a folder declares; those of generation_config.json come first.

    BadRequest if a value has another type.
    """
    found: dict[str, Any] = {}
    for name in ("config.json", "generation_config.json"):
        if (path / name).is_file():
            content = read_json(path / name, _FORM)
            found |= {key: value for key, value in content.items() if value is not None}
    return found


def ends(path: Path, tokenizer: Any) -> frozenset[int]:
    """Return the ids of the tokens that end a text: those that the folder declares, and that of the tokenizer."""
    declared = generation_settings(path).get("eos_token_id")
    listed = declared if isinstance(declared, list) else [declared]
    return frozenset(end for end in [*listed, tokenizer.eos_token_id] if end is not None)
