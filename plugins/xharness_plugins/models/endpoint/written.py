"""Texts that an endpoint writes: the requests of the APIs chat and completions, and what their responses mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness import Generation
from xharness.data.forms import ANY, TEXT, Form, record
from xharness_plugins.models.endpoint.config import Config

# The most stop texts that a request may have.
_STOPS = 4


def choices_of(choice: Form) -> Form:
    """Return the form of a response whose first choice has a form."""
    first = Form(
        "a list that is not empty",
        lambda value: isinstance(value, list) and bool(value),
        lambda value: [("item 1", value[0], choice)],
    )
    return record({"choices": first}, required=["choices"])


CHAT = choices_of(
    record({"message": record({"content": TEXT, "refusal": TEXT}), "finish_reason": TEXT}, required=["message"])
)
COMPLETION = choices_of(record({"text": TEXT, "finish_reason": TEXT, "logprobs": ANY}, required=["text"]))


def body_of(request: Generation, config: Config, *, stops: bool = True) -> dict[str, Any]:
    """Return the fields of a request for a text, with or without its stop texts."""
    sent = {"stop": list(request.stops[:_STOPS])} if stops and request.stops else {}
    common = {"temperature": 0, "max_tokens": request.most, **sent}
    if config.api == "chat":
        return {"messages": [{"role": "user", "content": request.context}], **common}
    return {"prompt": request.context or config.start, **common}


def form_of(config: Config) -> Form:
    """Return the form of the response to a request for a text."""
    return CHAT if config.api == "chat" else COMPLETION


def parse(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text, `end` (why it ends) and `refused` of a response that has its form."""
    choice = response["choices"][0]
    message = choice.get("message") or {}
    text, refusal = message.get("content") or choice.get("text") or "", message.get("refusal") or ""
    end = choice.get("finish_reason") or ""
    return {"text": text or refusal, "end": end, "refused": bool(refusal) or end == "content_filter"}


def before_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Return a text up to its first stop text, and whether it has one; spaces at its beginning are dropped."""
    plain = text.lstrip()
    end = min((plain.find(stop) for stop in stops if stop in plain), default=None)
    return plain[:end], end is not None
