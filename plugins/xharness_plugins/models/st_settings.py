"""What a user may choose of a sentence-transformers folder: prompts by role, and the length of its vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xharness import BadParameter, ModelInfo, Param, positive, suggest
from xharness_plugins.models import st_folder
from xharness_plugins.models.hf import MAX_LENGTH

LITERAL, NONE = "text:", "none"
DEFAULT = "default_prompt"
# The prompts that sentence-transformers takes for each role, the preferred first.
_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}
_VALUES = "a name among the prompts of the folder, text:WORDS for other words, or none"


def param_of(role: str | None) -> str:
    """Return the name of the parameter with the prompt of a role."""
    return f"{role}_prompt" if role else DEFAULT


def text_of(value: str | None) -> str:
    """Return the words of a prompt that is settled; "" for none."""
    return (value or "").removeprefix(LITERAL)


def settle(info: ModelInfo, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters with the prompts of the folder in words, and its dimension.

    A prompt that equals the one of texts without a role is left out, as all that is neither declared nor set.
    BadParameter if the folder has no prompt of a name.
    """
    declared = st_folder.settings(info.path)
    prompts = {name: text for name, text in (declared.get("prompts") or {}).items() if text}
    usual = prompts.get(declared.get("default_prompt_name") or "", "")
    chosen = {name: _words(name, params.get(name), prompts, info) for name in (DEFAULT, *map(param_of, _NAMES))}
    default = usual if chosen[DEFAULT] is None else chosen[DEFAULT]
    settled = {name: value for name, value in params.items() if name not in chosen and name != "truncate_dim"}
    if chosen[DEFAULT] is not None:
        settled[DEFAULT] = f"{LITERAL}{default}"
    for role, names in _NAMES.items():
        words = chosen[param_of(role)]
        if words is None:
            words = next((prompts[name] for name in names if name in prompts), "")
        if words != default:
            settled[param_of(role)] = f"{LITERAL}{words}"
    length = params.get("truncate_dim") or declared.get("truncate_dim")
    return settled | ({"truncate_dim": length} if length else {})


def _words(param: str, value: str | None, prompts: Mapping[str, str], info: ModelInfo) -> str | None:
    if value is None or value == NONE or value.startswith(LITERAL):
        return None if value is None else "" if value == NONE else text_of(value)
    if value not in prompts:
        has = f"its prompts are {', '.join(sorted(prompts))}" if prompts else "the folder has none"
        raise BadParameter.of(
            param, value, f"not a prompt of {info.reference}{suggest(value, prompts) or f'; {has}'}; or use text:WORDS"
        )
    return prompts[value]


PARAMS: Mapping[str, Param] = {
    "max_length": MAX_LENGTH,
    "query_prompt": Param(
        type=str,
        help=f"words before queries: {_VALUES}; by default the folder's prompt `query`",
        capability="embed",
        role="query",
    ),
    "document_prompt": Param(
        type=str,
        help=f"words before documents: {_VALUES}; by default the folder's prompt `document`, `passage` or `corpus`",
        capability="embed",
        role="document",
    ),
    DEFAULT: Param(
        type=str,
        help=f"words before texts that are neither, as in bitext tasks: {_VALUES}; by default the folder's default",
        capability="embed",
    ),
    "truncate_dim": Param(
        type=positive,
        help="keep the first numbers of each vector only; by default as many as the folder says, else all",
        capability="embed",
    ),
}
