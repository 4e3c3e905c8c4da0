"""What the checks of a plugin share: the registry, a folder, the embedded checkpoint, and what was computed once."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest
from xharness.registry import Registry
from xharness.specs.sources import DataOptions
from xharness.testing.checks import Skip


class Bench:
    """The loaded plugins and the options of the checks.

    `data` is a folder as `--data` takes it, `models` are the checkpoints that the author gives, `most` limits the
    languages of a task whose examples are checked (None: all).
    """

    def __init__(self, registry: Registry, data: Path | None, models: tuple[str, ...], most: int | None) -> None:
        self.registry, self.data, self.models, self.most = registry, data, models, most
        self._known: dict[Any, Any] = {}

    @cached_property
    def folder(self) -> Path:
        """Return a temporary folder, which is deleted with this object."""
        folder = Path(tempfile.mkdtemp(prefix="xharness-check-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, computed once for a key; a `Skip` or an error is raised again each time."""
        if key not in self._known:
            try:
                self._known[key] = make(), None
            except Exception as error:  # noqa: BLE001 - it is raised below, for each check that needs the value
                self._known[key] = None, error
        value, problem = self._known[key]
        if problem:
            raise problem
        return value

    def options(self, source: str) -> DataOptions:
        """Return the options to load data with; only sources that read files get the folder."""
        params = {name: param.default for name, param in self.registry.get("sources", source).params.items()}
        synthetic = self.registry.get("sources", source).synthetic
        return DataOptions(root=None if synthetic else self.data, params=params)

    @cached_property
    def embedded(self) -> str:
        """Return the folder of the checkpoint that a built-in plugin carries; BadRequest if none does."""
        for plugin in self.registry.plugins:
            if plugin.built_in and hasattr(plugin.module, "CHECKPOINT"):
                return str(plugin.module.CHECKPOINT)
        raise BadRequest("no built-in plugin carries a checkpoint; install xharness completely")

    def models_of(self, adapter: str) -> list[str]:
        """Return the given checkpoints that an adapter loads; `Skip` if there is none."""
        from xharness.model_lookup import locate
        from xharness.specs.models import LoadOptions

        located = [(each, locate(each, self.registry, LoadOptions())) for each in self.models]
        found = [each for each, place in located if place.model.name == adapter]
        if not found:
            raise Skip(
                f"no checkpoint for the adapter '{adapter}'; give one with --model, or with "
                "conformance(..., models=[...])"
            )
        return found
