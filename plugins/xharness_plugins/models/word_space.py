"""The parameter `word_space`: a tokenizer that tags words needs a space before each of them.

The transformers library ignores `add_prefix_space` for many tokenizers. The words of a sentence then have other tokens
than in running text, unless a space comes before each word (`space_before` of xharness.engine.alignment). The parameter
enters the keys of taggers of such tokenizers only. It is found in small files, without loading the tokenizer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadOptions, ModelInfo, Param
from xharness.data.forms import read_json, record

NAME = "word_space"
# Tokenizers whose classes in transformers heed `add_prefix_space`, by the begin of their class or model type.
_HEED = (
    "bart", "blenderbot", "codegen", "codellama", "cohere", "deberta", "gpt2", "gptneox", "layoutlmv3", "led", "llama",
    "longformer", "luke", "markuplm", "mvp", "opt", "qwen2", "qwen3", "roberta",
)  # fmt: skip
_FILE = record({})


PARAM = Param(
    type=bool,
    help="a space before each word of a sentence to tag; follows from the tokenizer and cannot be set",
    capability="tag",
    trains=True,
    derived=True,
)


def settle(info: ModelInfo, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters, with `word_space` where the tokenizer of the checkpoint needs a space."""
    from xharness_plugins.models.st_folder import encoder

    return {**params, **({NAME: True} if _needs_space(encoder(info.path)) else {})}


def _needs_space(folder: Path) -> bool:
    """Return whether a tokenizer makes spaces part of its tokens, and adds none before a text that is a word."""
    from xharness_plugins.models import vocabulary_files
    from xharness_plugins.models.checkpoint_files import base_of, holds_updates

    try:
        if holds_updates(folder):
            return _needs_space(base_of(folder, LoadOptions())[0])
        return vocabulary_files.spaces(folder) == "ignored" and not _heeds(folder)
    except BadRequest:  # a base that is missing, or a file that is not valid: loading says so
        return False


def _heeds(folder: Path) -> bool:
    from xharness_plugins.models.checkpoint_files import read_config

    file = folder / "tokenizer_config.json"
    kind = read_json(file, _FILE).get("tokenizer_class") if file.is_file() else None
    name = str(kind or read_config(folder).get("model_type") or "")
    return name.lower().replace("_", "").replace("-", "").startswith(_HEED)
