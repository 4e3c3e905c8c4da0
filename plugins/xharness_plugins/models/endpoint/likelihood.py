"""Log-likelihoods from the log-probabilities that a server gives for the tokens of a prompt.

The texts of the tokens are compared with the text of the request from its end to its beginning, so that special tokens
in front do no harm. Tokens that hold only a part of a character have no text that fits; the tokens of the context are
then counted by a request of their own, as lm-evaluation-harness splits a text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xharness import Continuation, StageError
from xharness.data.forms import ANY, TEXT, Form, list_of, mismatch, record
from xharness_plugins.models.endpoint.config import Config
from xharness_plugins.models.endpoint.written import choices_of

Tokens = list[tuple[str | None, float | None]]
"""The text and the log-probability of each token, None if the server gives none, as for the first token."""
Ask = Callable[[dict[str, Any], Form, Callable[[dict[str, Any]], Any]], Any]

_LOGPROB = Form(
    "a log-probability",
    lambda value: value is None or (type(value) in (int, float) and math.isfinite(value) and value < 1e-3),
)
_TOKENS = record({"tokens": list_of(TEXT), "token_logprobs": list_of(_LOGPROB)}, required=["tokens", "token_logprobs"])
_FORMS = {
    "echo": record({"logprobs": _TOKENS}, required=["logprobs"]),
    "vllm": record({"prompt_logprobs": list_of(ANY)}, required=["prompt_logprobs"]),
}
_ENTRY = record({"logprob": _LOGPROB, "decoded_token": TEXT}, required=["logprob"])


def form_of(config: Config) -> Form:
    """Return the form of the response to a request for the tokens of a text."""
    return choices_of(_FORMS[config.prompt_logprobs or "echo"])


def body_of(text: str, config: Config) -> dict[str, Any]:
    """Return the fields of a request for the tokens of a text."""
    if config.prompt_logprobs == "vllm":
        return {"prompt": text, "temperature": 0, "max_tokens": 1, "prompt_logprobs": 0}
    return {"prompt": text, "temperature": 0, "max_tokens": 0, "echo": True, "logprobs": 1}


def tokens_of(response: Mapping[str, Any], config: Config) -> Tokens:
    """Return the tokens of the prompt of a response that has its form; StageError if they contradict each other."""
    choice = response["choices"][0]
    if config.prompt_logprobs == "vllm":
        return [_entry(each, config) for each in choice["prompt_logprobs"]]
    tokens, values = choice["logprobs"]["tokens"], choice["logprobs"]["token_logprobs"]
    if len(tokens) != len(values):
        raise StageError(
            f"{config.url}: {len(tokens):,} tokens with {len(values):,} log-probabilities; the server does not support "
            f"echo with log-probabilities: remove prompt_logprobs from {config.path}"
        )
    return list(zip(tokens, values, strict=True))


def _entry(each: Any, config: Config) -> tuple[str | None, float | None]:
    if each is None:
        return None, None
    entry: Any = next(iter(each.values()), None) if isinstance(each, dict) else None
    problem = mismatch(entry, _ENTRY)
    if problem:
        raise StageError(f"{config.url}: prompt_logprobs of another form: {problem}; correct {config.path}")
    return entry.get("decoded_token"), entry["logprob"]


def likelihood(request: Continuation, config: Config, ask: Ask) -> float:
    """Return the log-likelihood of a text after its context, summed over its tokens.

    `ask(body, form, parse)` returns `parse(response)` for a request.
    """
    context = request.context or config.start
    whole = context + request.text

    def parse(response: dict[str, Any]) -> dict[str, Any]:
        tokens = tokens_of(response, config)
        first = split(tokens, whole, len(context))
        values = [value for _, value in tokens]
        return {"values": values} if first is None else {"values": values[first:], "first": 0}

    found = ask(body_of(whole, config), form_of(config), parse)
    first = found.get("first")
    if first is None:
        first = _count(context, config, ask) if context else 0
    own = found["values"][first:]
    if own and None not in own:
        return float(sum(own))
    raise StageError(
        f"{config.url} gives no log-probability for the first token of a text without context; set \"start\" in "
        f"{config.path} to the text that a document begins with, such as <|endoftext|>"
        if own
        else f"{config.url} gives no tokens for {request.text[:40]!r}; remove prompt_logprobs from {config.path}"
    )  # fmt: skip


def split(tokens: Sequence[tuple[str | None, float | None]], whole: str, length: int) -> int | None:
    """Return the index of the first token with a character after the first `length` ones of a text.

    A token that has characters on both sides belongs to what follows. None if the texts of the tokens do not fit.
    """
    start, index = len(whole), len(tokens)
    while index and start > length:
        text = tokens[index - 1][0]
        if text is None or not whole.endswith(text, 0, start):
            return None
        start -= len(text)
        index -= 1
    # Tokens with the first parts of a character have an empty text.
    while index and start == length and tokens[index - 1][0] == "" and tokens[index - 1][1] is not None:
        index -= 1
    return index if start <= length else None


def _count(context: str, config: Config, ask: Ask) -> int:
    def parse(response: dict[str, Any]) -> dict[str, int]:
        return {"count": len(tokens_of(response, config))}

    found = ask(body_of(context, config), form_of(config), parse)
    return int(found["count"])
