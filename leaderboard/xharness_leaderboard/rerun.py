"""The command line that repeats a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from xharness import LIVE, Request

_OPTIONS = {
    "tasks": "task",
    "languages": "lang",
    "families": "family",
    "scripts": "script",
    "seeds": "seed",
    "plugins": "plugin",
    "params": "param",
}


def command(request: Mapping[str, Any], revision: str | None = None) -> str:
    """Return the `xharness run` command of a recorded request, with the revision of its model pinned.

    The word MODEL is in place of a model object, which no command can load.
    """
    model = "MODEL" if str(request["model"]).startswith(LIVE) else str(request["model"])
    pinned = f"{model}@{revision}" if revision and "@" not in model else model
    return shlex.join(["xharness", "run", pinned, *_words(request)])


def _words(request: Mapping[str, Any]) -> Iterator[str]:
    for field in fields(Request):
        value = request.get(field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if field.name == "model" or value is None or _plain(value) == _plain(default):
            continue
        if field.name == "seen":
            yield "--seen" if value else "--unseen"
            continue
        option = f"--{_OPTIONS.get(field.name, field.name).replace('_', '-')}"
        for each in _each(value):
            yield from (
                [option] if each is True else [f"{option}={each}"] if str(each)[:1] == "-" else [option, str(each)]
            )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _each(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [f"{name}={each}" for name, each in value.items()]
    return value if isinstance(value, list) else [value]
