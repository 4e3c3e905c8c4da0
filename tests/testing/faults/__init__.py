"""Deliberately faulty plugins: at least one for each check of the conformance kit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType

from xharness import hookimpl


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An object of a plugin that a check must catch: the message matches `message`.

    `models` writes checkpoints below a folder and returns their references.
    """

    check: str
    plugin: ModuleType
    subject: str
    message: str
    state: str = "failed"
    models: Callable[..., list[str]] | None = None


def plugin(name: str, **specs) -> ModuleType:
    """Return an importable module that yields specs by hook: `tasks=[...]`, `metrics=[...]`."""
    module = ModuleType(f"faulty_{name}")
    module.__spec__ = ModuleSpec(module.__name__, None)
    for group, values in specs.items():
        setattr(module, f"xharness_{group}", hookimpl(lambda values=values: values))
    sys.modules[module.__name__] = module
    return module
