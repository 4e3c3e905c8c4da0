"""Open an endpoint for one capability; no request is sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import LoadedModel, LoadOptions, StageError
from xharness_plugins.models.endpoint.cache import Cache
from xharness_plugins.models.endpoint.client import Client
from xharness_plugins.models.endpoint.config import Config
from xharness_plugins.models.endpoint.params import PARAMS
from xharness_plugins.models.endpoint.session import Session
from xharness_plugins.models.endpoint.transport import Transport


def load(path: Path, capability: str, params: Mapping[str, Any], options: LoadOptions) -> LoadedModel:
    """Return the model of an endpoint; StageError if the endpoint does not have the capability."""
    from xharness_plugins.models.endpoint.embeddings import EmbeddingEndpoint
    from xharness_plugins.models.endpoint.text import TextEndpoint

    config = Config.read(path)
    if capability not in config.able:
        raise StageError(f"{config.path}: the api {config.api} cannot {capability}")
    settings = {name: param.default for name, param in PARAMS.items()} | dict(params)
    client = Client(
        config=config,
        session=Session.of(config, settings, options),
        cache=Cache(options.cache / config.identity[:32] if options.cache else None),
        transport=Transport(config, settings["timeout"]),
        retries=settings["retries"],
        concurrency=settings["concurrency"],
    )
    on_tokens = options.on_tokens or _ignored
    if capability == "embed":
        return EmbeddingEndpoint(client, settings["texts"], on_tokens)
    return TextEndpoint(client, on_tokens)


def _ignored(tokens: int) -> None:
    """Take a number of tokens that nobody counts."""
