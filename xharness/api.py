"""The Python face: what the command line does, as functions."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from xharness import plan as planning
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.request import Request, build, resolve
from xharness.run.progress import Progress, progress
from xharness.run.runner import Runner
from xharness.store.artifacts import Store
from xharness.store.keys import key_of


def home() -> Path:
    """Return the folder of the store: `$XHARNESS_HOME`, or `~/.cache/xharness`."""
    return Path(os.environ.get("XHARNESS_HOME") or "~/.cache/xharness").expanduser()


def plan(request: Request, registry: Registry | None = None) -> Plan:
    """Validate a request and turn it into a plan; BadRequest where it cannot be served."""
    from xharness.engine.device import resolve_device, resolve_dtype

    registry = registry or Registry.load(request.plugins)
    resolved = resolve(request, registry)
    dtype = resolve_dtype(resolved.load_options.dtype, resolve_device(request.device))
    return planning.make(resolved, registry, str(dtype).removeprefix("torch."))


def run(
    request: Request | None = None,
    *,
    registry: Registry | None = None,
    out: str | Path | None = None,
    store: str | Path | None = None,
    display: Progress | None = None,
    keep: frozenset[str] = frozenset(),
    **wishes: Any,
) -> dict[str, Any]:
    """Carry out a request (or one made of keyword arguments, as `model="...", tasks=["xnli"]`).

    `keep` holds keys of checkpoints that are not dropped, since later runs need them. Returns the content of
    results.json, which is also written to `out` with the predictions. Raises BadRequest before any work, StoreError
    where something cannot be saved; a cell that fails is recorded, not raised.
    """
    request = request or build(wishes)
    registry = registry or Registry.load(request.plugins)
    made = plan(request, registry)
    folder = Path(out).expanduser() if out else default_folder(request)
    place = Store(Path(store) if store else home())
    return Runner(made, registry, place, folder, display or progress(quiet=True), keep).run()


def default_folder(request: Request) -> Path:
    """Return the folder of a run that names none: the same request, the same folder."""
    what = request.suite or "+".join(request.tasks) or "xtreme"
    digest = key_of("request", 1, request.record(), [], {})[:8]
    words = re.sub(r"[^A-Za-z0-9._+-]+", "-", f"{Path(request.model).name}-{request.recipe}-{what}").strip("-.")
    return Path("runs") / f"{words[:80]}-{digest}"


__all__ = ["Request", "build", "default_folder", "home", "plan", "progress", "run"]
