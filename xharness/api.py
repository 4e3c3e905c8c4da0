"""The Python face: what the command line does, as functions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xharness.experiment.assembling import assemble, save
from xharness.experiment.files import Experiment, read
from xharness.experiment.running import parts_of, run_parts
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.request import Request, build, resolve
from xharness.run.preparing import prepare
from xharness.run.progress import Progress, progress
from xharness.run.runner import Runner
from xharness.store.artifacts import Store
from xharness.store.keys import key_of
from xharness.store.writable import check_writable


def home() -> Path:
    """Return the folder of the store: `$XHARNESS_HOME`, or `~/.cache/xharness`."""
    return Path(os.environ.get("XHARNESS_HOME") or "~/.cache/xharness").expanduser()


def open_store(folder: str | Path | None = None) -> Store:
    """Open the store in a folder, by default `home()`; BadRequest if it cannot be written to."""
    return Store(_root(folder))


def _root(folder: str | Path | None) -> Path:
    return check_writable("--store", folder or home())


def plan(request: Request, registry: Registry | None = None) -> Plan:
    """Validate a request and turn it into a plan; BadRequest where it cannot be served."""
    registry = registry or Registry.load(request.plugins)
    return prepare(resolve(request, registry), registry)


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
    folder, root = check_writable("--out", out or default_folder(request)), _root(store)
    made = plan(request, registry)
    return Runner(made, registry, Store(root), folder, display or progress(quiet=True), keep).run()


def experiment(
    wished: Experiment | str | Path,
    *,
    registry: Registry | None = None,
    out: str | Path | None = None,
    store: str | Path | None = None,
    display: Callable[[str], Progress] | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Carry out an experiment, or the file of one, with other values for fields that all rows share.

    Returns the content of experiment.json, which is also written to `out` with table.md and the run of each row;
    `display` makes what is told of the progress of a row. Raises BadRequest before any work, StoreError where
    something cannot be saved; a row that cannot be run, or fails, has its reason in the content.
    """
    made = wished if isinstance(wished, Experiment) else read(Path(wished), overrides)
    registry = registry or Registry.load(made.rows[0].request.plugins)
    folder, root = check_writable("--out", out or experiment_folder(made)), _root(store)
    parts = parts_of(made, registry)
    found = run_parts(parts, registry, Store(root), folder, display or (lambda _: progress(quiet=True)))
    content = assemble(made, list(zip(parts, found, strict=True)))
    save(folder, content)
    return content


def experiment_folder(wished: Experiment) -> Path:
    """Return the folder of an experiment that names none: the same rows, the same folder."""
    rows = [[row.name, row.request.record()] for row in wished.rows]
    return Path("runs") / f"{wished.name}-{key_of('experiment', 1, rows, [], {})[:8]}"


def default_folder(request: Request) -> Path:
    """Return the folder of a run that names none: the same request, the same folder."""
    what = request.suite or "+".join(request.tasks) or "xtreme"
    digest = key_of("request", 1, request.record(), [], {})[:8]
    words = re.sub(r"[^A-Za-z0-9._+-]+", "-", f"{Path(request.model).name}-{request.recipe}-{what}").strip("-.")
    return Path("runs") / f"{words[:80]}-{digest}"


__all__ = [
    "Experiment", "Request", "build", "default_folder", "experiment", "experiment_folder", "home", "plan", "progress",
    "run",
]  # fmt: skip
