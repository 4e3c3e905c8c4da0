"""What an endpoint reports of a run: settings and counts, and the tokens that its server has read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from xharness_plugins.models.endpoint.client import Client

Result = TypeVar("Result")


def described(client: Client) -> dict[str, Any]:
    """Return model, address and API of an endpoint, and what was counted in the run so far, as JSON values."""
    config = client.config
    extra = {"extra": dict(config.extra)} if config.extra else {}
    about = {"endpoint": config.url, "served_model": config.model, "api": config.api, "version": config.version}
    logprobs = {"prompt_logprobs": config.prompt_logprobs} if config.prompt_logprobs else {}
    return {**about, **logprobs, **extra, "counts": client.session.counts()}


def reporting(results: Iterator[Result], client: Client, on_tokens: Callable[[int], None]) -> Iterator[Result]:
    """Yield results, and pass on the number of tokens that the server has reported since the last one."""
    before = client.session.tokens
    for result in results:
        now = client.session.tokens
        if now > before:
            on_tokens(now - before)
        before = now
        yield result
