"""Give a model only inputs that it has, and only token ids and token types that are in its tables."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest

_TYPES, _MASK = "token_type_ids", "attention_mask"


def check_vocabulary(path: Path, tokens: int, config: Any) -> None:
    """Raise BadRequest if a tokenizer has more tokens than the embedding of its model has rows.

    `tokens` is the highest token id plus one, `config` the value of `vocab_size` in the configuration.
    """
    if isinstance(config, int) and 0 < config < tokens:
        raise BadRequest(
            f"{path}: the tokenizer has {tokens:,} tokens, but the embedding of the model only {config:,} (vocab_size "
            f"in config.json); tokens were added without a resize: run model.resize_token_embeddings({tokens}), train "
            "the new tokens, and save the checkpoint again"
        )


def token_count(tokenizer: Any) -> int:
    """Return the highest token id of a tokenizer plus one."""
    return 1 + max(tokenizer.get_vocab().values(), default=-1)


def limit_token_types(tokenizer: Any, model: Any) -> dict[str, int] | None:
    """Let a tokenizer return no token types if the model has none, or fewer than the tokenizer returns.

    Returns both numbers of token types if the tokenizer distinguishes the texts of a pair and the model cannot, else
    None. A configuration without the number of token types is trusted.
    """
    given, known = _given_types(tokenizer), _known_types(model)
    if known is None or given <= known:
        return None
    tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name != _TYPES]
    return {"tokenizer": given, "model": known} if given > 1 else None


def _given_types(tokenizer: Any) -> int:
    types: list[int] = tokenizer("a", "a").get(_TYPES) or [-1]
    return 1 + max(types)


def _known_types(model: Any) -> int | None:
    """Return the number of token types of a model, None if it is not known."""
    names = inspect.signature(model.forward).parameters
    if "input_ids" in names and _TYPES not in names:
        return 0
    # 0 is the number in models that take token types and ignore them, as DeBERTa.
    return getattr(model.config, "type_vocab_size", None) or None


def takes_mask(model: Any) -> bool:
    """Return whether a model has an attention mask."""
    names = inspect.signature(model.forward).parameters
    return "input_ids" not in names or _MASK in names


def drop_mask(model: Any) -> None:
    """Let a model without attention mask be called with one, which it does not get."""

    def without(_model: Any, args: Any, inputs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args, {name: value for name, value in inputs.items() if name != _MASK}

    model.register_forward_pre_hook(without, with_kwargs=True)
