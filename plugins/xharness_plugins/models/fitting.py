"""Fit a tokenizer and a model to each other, and report what a checkpoint needed to be loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import LoadOptions

if TYPE_CHECKING:
    from xharness.engine.checkpoints import Loading

_NAMED = 3


def fit_inputs(path: Path, tokenizer: Any, model: Any) -> dict[str, int] | None:
    """Let a model get only inputs that it has; BadRequest if the tokenizer has more tokens than the embedding.

    Returns the numbers of token types of tokenizer and model if those of the tokenizer are left out, else None.
    """
    from xharness.engine import model_inputs

    model_inputs.check_vocabulary(path, model_inputs.token_count(tokenizer), getattr(model.config, "vocab_size", None))
    if not model_inputs.takes_mask(model):
        model_inputs.drop_mask(model)
    return model_inputs.limit_token_types(tokenizer, model)


def stream_options(options: LoadOptions, model: Any) -> LoadOptions:
    """Return the options to run a model: without attention mask one sequence at a time, since padding would count."""
    from xharness.engine.model_inputs import takes_mask

    return options if takes_mask(model) else replace(options, exact=True)


def remarks(loading: Loading, types: dict[str, int] | None = None, pad: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the entry of a description or report with what readers of a score must know of the loading, if anything.

    `types` are the numbers of token types of tokenizer and model if they were left out. `pad` holds the token that a
    decoder without pad token is padded with.
    """
    found: list[dict[str, Any]] = []
    if loading.prefix:
        found.append({"code": "prefix_removed", "facts": {"prefix": loading.prefix}})
    if loading.unknown:
        facts = {"count": len(loading.unknown), "names": list(loading.unknown[:_NAMED])}
        found.append({"code": "unknown_weights", "facts": facts})
    if types:
        found.append({"code": "token_types_left_out", "facts": types})
    if pad:
        found.append({"code": "pad_token_missing", "facts": pad})
    return {"remarks": found} if found else {}
