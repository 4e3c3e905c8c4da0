"""Write a plan as one JSON text, and recreate the plan from it in another process without network access."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, DataError
from xharness.model_lookup import Found
from xharness.plan import Plan
from xharness.planner import make
from xharness.registry import Registry
from xharness.request import Resolved, build, resolve
from xharness.specs.models import Model, ModelInfo
from xharness.specs.stages import DataRef


def described(plan: Plan, registry: Registry) -> str:
    """Return the inputs of a plan as JSON: request, plugins, dtype, checkpoints, data revisions and fingerprints.

    Paths are absolute, so the text is valid in any folder of the same file system.
    """
    resolved = plan.resolved
    data = resolved.request.data
    models = {resolved.request.model: (resolved.model, resolved.info), **plan.others}
    content = {
        "request": _request(resolved) | {"data": absolute(data)},
        "plugins": [_absolute(name) for name in registry.named],
        "third_parties": registry.third_parties,
        "dtype": plan.dtype,
        "revisions": resolved.data_options.revisions,
        "models": {reference: _plain(*pair, registry) for reference, pair in models.items()},
        "fingerprints": [
            [ref.task, ref.language, ref.split, str(value), isinstance(value, DataError)]
            for ref, value in plan.fingerprints.items()
        ],
    }
    return json.dumps(content)


def replanned(text: str) -> tuple[Plan, Registry]:
    """Recreate a plan from its description; return it with its plugins. BadRequest if this process cannot."""
    content = json.loads(text)
    registry = Registry.load(content["plugins"], third_parties=content["third_parties"])
    try:
        models = {reference: _found(plain, registry) for reference, plain in content["models"].items()}
        resolved = resolve(build(content["request"]), registry, models)
        resolved.data_options.revisions.update(content["revisions"])
        resolved.data_options.revisions.closed = True
        fingerprints = dict(map(_fingerprint, content["fingerprints"]))
        return make(resolved, registry, content["dtype"], models, fingerprints), registry
    except BadRequest as error:
        raise BadRequest(f"this worker process cannot recreate the plan of the run: {error}") from error


def _request(resolved: Resolved) -> dict[str, Any]:
    """Return the request without what only concerns the executor, so that all executors share a saved plan."""
    record = resolved.request.record()
    used = {*resolved.recipe.params, *resolved.model.params, *resolved.source.params}
    params = {name: value for name, value in record["params"].items() if name in used}
    return {name: value for name, value in record.items() if name not in ("executor", "workers")} | {"params": params}


def absolute(data: str | None) -> str | None:
    """Return the folder of `--data` as an absolute path."""
    return str(Path(data).expanduser().resolve()) if data else None


def _absolute(plugin: str) -> str:
    return str(Path(plugin).resolve()) if Path(plugin).is_file() else plugin


def _plain(model: Model, info: ModelInfo, registry: Registry) -> dict[str, Any]:
    # Several plugins may have the same bare name.
    names = (name for name in registry.names("models") if registry.get("models", name) is model)
    values = asdict(info) | {"path": str(info.path), "files": dict(info.files), "ready": sorted(info.ready)}
    languages = None if info.languages is None else sorted(info.languages)
    able = None if info.capabilities is None else sorted(info.capabilities)
    return {"model": next(names, model.name), "info": values | {"languages": languages, "capabilities": able}}


def _found(plain: Mapping[str, Any], registry: Registry) -> Found:
    values = plain["info"]
    languages = None if values["languages"] is None else frozenset(values["languages"])
    given = {
        "path": Path(values["path"]),
        "labels": tuple(values["labels"]),
        "languages": languages,
        "capabilities": None if values["capabilities"] is None else frozenset(values["capabilities"]),
        "ready": frozenset(values["ready"]),
    }
    return registry.get("models", plain["model"]), ModelInfo(**values | given)


def _fingerprint(row: list[Any]) -> tuple[DataRef, str | DataError]:
    task, language, split, value, missing = row
    return DataRef(task, language, split), DataError(value) if missing else value
