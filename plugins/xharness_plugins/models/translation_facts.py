"""Whether the files of an encoder-decoder say that it was trained to translate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xharness.data.forms import NAME, read_json, record
from xharness_plugins.models.checkpoint_files import read_config

_TYPES = {"marian", "m2m_100", "nllb-moe", "fsmt"}
"""Model types that exist for translation only."""
_TOKENIZERS = ("MBart", "Nllb", "M2M100", "Marian", "FSMT", "SMALL100")
"""The beginnings of names of tokenizers whose input says the language."""
_PAIRS = ("src_lang", "tgt_lang", "source_lang", "target_lang")
_ADDED = re.compile(r"[a-z]{2}_[A-Z]{2}|[a-z]{3}_[A-Z][a-z]{3}|__[a-z]{2,3}__")
_BEFORE = re.compile(r"<2[a-z]{2,3}>|>>[a-z]{2,3}(_[A-Z][a-z]{3})?<<")


def declares_translation(path: Path) -> bool:
    """Return whether a folder declares translation.

    It does by a model type that exists for translation only (Marian, M2M-100, NLLB), by a tokenizer that needs the
    languages of a pair (mBART), or by tokens for languages in the vocabulary (`sw_KE`, `<2sw>`).
    """
    model_type = read_config(path).get("model_type")
    settings = _read(path / "tokenizer_config.json")
    name = str(settings.get("tokenizer_class") or ("MBart" if model_type == "mbart" else ""))
    if model_type in _TYPES or name.startswith(_TOKENIZERS) or any(settings.get(key) for key in _PAIRS):
        return True
    content = _read(path / "tokenizer.json")
    return any(map(_ADDED.fullmatch, _added(content))) or any(map(_BEFORE.fullmatch, _vocabulary(content)))


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json(file, record({"tokenizer_class": NAME})) if file.is_file() else {}
    return found


def _added(content: dict[str, Any]) -> Iterator[str]:
    tokens = content.get("added_tokens")
    for token in tokens if isinstance(tokens, list) else []:
        if isinstance(token, dict):
            yield str(token.get("content"))


def _vocabulary(content: dict[str, Any]) -> Iterator[str]:
    """Yield the tokens of a vocabulary, which is an object by token, or a list of tokens with their scores."""
    model = content.get("model")
    entries = model.get("vocab") if isinstance(model, dict) else None
    for entry in entries or ():
        yield str(entry[0] if isinstance(entry, list) and entry else entry)
    yield from _added(content)
