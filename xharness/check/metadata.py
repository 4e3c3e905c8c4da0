"""What the small files of a checkpoint say, and which permissions it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xharness.errors import BadRequest, few, reason_of
from xharness.model_lookup import Located
from xharness.specs.findings import FAILED, NOTE, OK, Finding
from xharness.specs.models import LoadOptions, ModelInfo

_PERMISSIONS = {"allow_pickle": "pickled weights", "allow_remote_code": "remote code"}
"""The options that give a permission, and what they allow."""
_SHOWN = 12


def inspected(located: Located, options: LoadOptions) -> tuple[ModelInfo | None, list[Finding]]:
    """Return the metadata of a checkpoint, None if its files are damaged, and what is found on the way.

    Files are inspected with every permission, so that a missing permission does not hide other findings; nothing of
    the checkpoint runs.
    """
    every = replace(options, allow_pickle=True, allow_remote_code=True)
    try:
        info = located.inspect(every)
    except Exception as error:  # noqa: BLE001 - an adapter of a third party may raise anything
        return None, [Finding("checkpoint", "files", FAILED, reason_of(error))]
    return info, [*_about(info), *_permissions(located, every, options)]


def _about(info: ModelInfo) -> Iterator[Finding]:
    size = f"{info.layers} layers, hidden size {info.hidden_size:,}"
    yield Finding("checkpoint", "architecture", OK, f"{info.architecture}, {size}")
    yield Finding("checkpoint", "parameters", OK, f"{info.parameters:,} in the files", {"parameters": info.parameters})
    yield Finding("checkpoint", "context", OK, f"{info.max_length:,} tokens at most", {"max_length": info.max_length})
    ready = ", ".join(sorted(info.ready)) or "none; a task head is created and trained by a recipe"
    yield Finding("checkpoint", "ready for", OK, ready, {"ready": sorted(info.ready)})
    if info.labels:
        yield Finding("checkpoint", "labels", OK, few(info.labels, _SHOWN), {"labels": list(info.labels)})
    seen = "unknown; list them under language: in README.md" if info.languages is None else f"{len(info.languages)}"
    yield Finding("checkpoint", "languages", OK, f"seen in pre-training: {seen}")


def _permissions(located: Located, every: LoadOptions, given: LoadOptions) -> Iterator[Finding]:
    """Yield for each permission whether the checkpoint needs it; failed if it does and the user has not given it."""
    for option, name in _PERMISSIONS.items():
        flag = f"--{option.replace('_', '-')}"
        try:
            located.inspect(_without(option, every))
        except BadRequest as error:
            allowed = bool(getattr(given, option))
            yield Finding(
                "safety", name, NOTE if allowed else FAILED, f"allowed with {flag}" if allowed else str(error)
            )
        else:
            yield Finding("safety", name, OK, "none")


def _without(option: str, every: LoadOptions) -> LoadOptions:
    return replace(every, allow_pickle=option != "allow_pickle", allow_remote_code=option != "allow_remote_code")
