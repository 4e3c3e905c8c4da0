"""The adapter of endpoints; a folder with endpoint.json is a checkpoint of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import LoadedModel, LoadOptions, Model, ModelInfo, Task
from xharness_plugins.models.endpoint import FILE
from xharness_plugins.models.endpoint.params import PARAMS


def _claims(path: Path) -> int | None:
    return 30 if (path / FILE).is_file() else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.endpoint.config import inspect

    return inspect(path, reference, revision)


def _check(info: ModelInfo, params: Mapping[str, Any]) -> None:
    from xharness_plugins.models.endpoint.config import check

    check(info.path)


def _probe(info: ModelInfo, params: Mapping[str, Any]) -> None:
    from xharness_plugins.models.endpoint.probe import probe

    probe(info.path, params)


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.endpoint.loading import load

    return load(path, capability, params, options)


ENDPOINT = Model(
    name="endpoint",
    summary="models behind a server with the interface of OpenAI: chat, completions or embeddings over HTTP",
    capabilities=frozenset({"loglikelihood", "generate", "embed"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check=_check,
    probe=_probe,
    params=PARAMS,
)
