"""How the head of a decoder reads texts: padding, separators, and which token is read.

A decoder sees only the tokens to the left, and its tokenizer often has no pad token and no separator:

- Batches are padded on the right with the pad token of the tokenizer or of config.json; where both have none, with the
  end-of-text token. No token is added to the vocabulary.
- Heads that are trained here read a pair of texts as `A <eos> B <eos>`. They tag a word at its last token, and predict
  no answer at the last token. config.json says so (`xharness_causal_inputs`).
- Other heads are read as transformers' examples train them: pairs as the tokenizer joins them, words at their first
  token, no answer at the first token.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xharness import BadRequest
from xharness.engine.alignment import frame
from xharness_plugins.models.checkpoint_files import CAUSAL_INPUTS


def has_causal_inputs(config: Any) -> bool:
    """Return whether the head of a configuration reads the inputs that decoders get here."""
    return bool(getattr(config, CAUSAL_INPUTS, False))


def fit_decoder(path: Path, tokenizer: Any, config: Any) -> dict[str, Any] | None:
    """Let a decoder's tokenizer and configuration have the same pad token and, for heads trained here, a separator.

    Returns the pad token if neither had one and the end of text is used, else None. BadRequest if there is none.
    """
    missing = _pad(path, tokenizer, config)
    tokenizer.padding_side = "right"
    config.pad_token_id = tokenizer.pad_token_id  # heads of transformers find the last token of a text by it
    config.use_cache = False
    if has_causal_inputs(config):
        _separate(tokenizer)
    return missing


def _pad(path: Path, tokenizer: Any, config: Any) -> dict[str, Any] | None:
    if tokenizer.pad_token_id is not None:
        return None
    declared = getattr(config, "pad_token_id", None)
    if declared is not None and 0 <= declared < len(tokenizer):
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(declared)
        return None
    if tokenizer.eos_token is None:
        raise BadRequest(
            f"{path}: the tokenizer has neither a pad token nor an end-of-text token; name one of its tokens as "
            "pad_token in tokenizer_config.json"
        )
    tokenizer.pad_token = tokenizer.eos_token
    return {"token": tokenizer.eos_token}


def _separate(tokenizer: Any) -> None:
    """Let a tokenizer end each text of a pair: with its end-of-text token, or as it ends a single text."""
    from tokenizers import processors

    before, after = frame(tokenizer).single
    end = after or [tokenizer.pad_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id]
    start, own, ends = (tokenizer.convert_ids_to_tokens(ids) for ids in (before, after, end))
    template = processors.TemplateProcessing(
        single=[*start, "$A", *own],
        pair=[*start, "$A", *ends, "$B", *ends],
        special_tokens=list(dict(zip([*start, *ends], [*before, *end], strict=True)).items()),
    )
    backend = tokenizer.backend_tokenizer
    bytes_first = _byte_level(backend.post_processor)
    backend.post_processor = processors.Sequence([bytes_first, template]) if bytes_first else template


def _byte_level(processor: Any) -> Any:
    """Return the step that corrects the offsets of byte-level tokens, None if a tokenizer has none."""
    from tokenizers import processors

    state = json.loads(processor.__getstate__()) if processor else {}
    steps = state.get("processors") or [state]
    known = next((step for step in steps if step.get("type") == "ByteLevel"), None)
    return processors.ByteLevel(trim_offsets=known["trim_offsets"]) if known else None
