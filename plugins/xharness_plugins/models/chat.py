"""The parameter `chat`: ask in the chat template of the tokenizer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from xharness import BadRequest, ModelInfo, Param
from xharness_plugins.models.checkpoint_files import chat_template


def yes(text: str) -> bool:
    """Return whether a text is `yes`; ValueError unless it is `yes` or `no`."""
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text == "yes"


CHAT = Param(type=yes, default=False, help="ask in the chat template of the tokenizer: yes or no")


def check_chat(info: ModelInfo, params: Mapping[str, Any]) -> None:
    """Raise BadRequest if the chat template is asked for and the tokenizer has none."""
    if params["chat"] and not chat_template(info.path):
        raise BadRequest(
            f"--param chat=yes: the tokenizer of {info.reference} has no chat template (chat_template.jinja); "
            "leave it out"
        )


def chat_digest(info: ModelInfo, params: Mapping[str, Any]) -> str:
    """Return a digest of the chat template that is asked in, empty without one."""
    text = chat_template(info.path) if params["chat"] else ""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def asks_in_chat(tokenizer: Any, params: Mapping[str, Any]) -> bool:
    """Return whether contexts are put into the chat template of the tokenizer."""
    return bool(params.get("chat")) and bool(tokenizer.chat_template)
