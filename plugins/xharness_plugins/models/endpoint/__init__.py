"""Models behind a server with the interface of OpenAI: chat, completions and embeddings over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from xharness import LoadedModel, LoadOptions, Model, ModelInfo, Param, Task, positive

FILE = "endpoint.json"
"""The file that describes an endpoint; a folder with it is a checkpoint of this adapter."""


def _claims(path: Path) -> int | None:
    return 30 if (path / FILE).is_file() else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.endpoint.config import inspect

    return inspect(path, reference, revision)


def _check(info: ModelInfo, params: Mapping[str, Any]) -> None:
    from xharness_plugins.models.endpoint.config import check

    check(info.path)


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.endpoint.loading import load

    return load(path, capability, params, options)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number of at least 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < inf:
        raise ValueError("must be a number of seconds above 0")
    return seconds


ENDPOINT = Model(
    name="endpoint",
    summary="models behind a server with the interface of OpenAI: chat, completions or embeddings over HTTP",
    capabilities=frozenset({"loglikelihood", "generate", "embed"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check=_check,
    params={
        "concurrency": Param(type=positive, default=4, help="requests at the same time", keyed=False),
        "retries": Param(
            type=_count, default=5, help="repetitions of a request after an error that may pass", keyed=False
        ),
        "timeout": Param(type=_seconds, default=120.0, help="seconds until a request is given up", keyed=False),
        "max_requests": Param(type=positive, help="most requests that a run may send, retries included", keyed=False),
        "max_tokens": Param(
            type=positive, help="tokens, as the server counts them, after which a run sends no request", keyed=False
        ),
        "texts": Param(
            type=positive, default=32, help="texts in one request for embeddings", capability="embed", keyed=False
        ),
    },
)
