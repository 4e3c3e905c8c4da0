"""The commands `plan` and `run` as functions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xharness.experiment.assembling import assemble, save
from xharness.experiment.files import Experiment, read
from xharness.experiment.running import parts_of, run_parts
from xharness.model_lookup import Found
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.request import Request, build, resolve
from xharness.run.fetching import check_offline, fetch_command, offline_errors
from xharness.run.preparing import prepare
from xharness.run.progress import Progress, progress
from xharness.run.reaching import check_reachable
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


def plan(request: Request, registry: Registry | None = None, models: Mapping[str, Found] | None = None) -> Plan:
    """Validate a request and return its plan; raise BadRequest if it is not valid.

    `models` are inspected checkpoints by reference, which are not looked up again.
    """
    registry = registry or Registry.load(request.plugins)
    with offline_errors(lambda: fetch_command(request, registry)):
        planned = prepare(resolve(request, registry, models), registry)
        check_offline([planned], registry)
    return planned


def run(
    request: Request | None = None,
    *,
    registry: Registry | None = None,
    out: str | Path | None = None,
    store: str | Path | None = None,
    display: Progress | None = None,
    keep: frozenset[str] = frozenset(),
    **fields: Any,
) -> dict[str, Any]:
    """Run a request, or the request with the given fields: `run(model="...", tasks=["xnli"])`.

    `keep` holds the keys of checkpoints that must not be deleted because later runs need them. Returns the content of
    results.json, which is also written to `out` with the predictions. Raises BadRequest before any work, and StoreError
    if something cannot be saved. The failure of a cell is recorded, not raised.
    """
    request = request or build(fields)
    registry = registry or Registry.load(request.plugins)
    folder, root = check_writable("--out", out or default_folder(request)), _root(store)
    planned = plan(request, registry)
    runner = Runner(planned, registry, Store(root), folder, display or progress(quiet=True), keep)
    check_reachable([runner.context])
    return runner.run()


def experiment(
    definition: Experiment | str | Path,
    *,
    registry: Registry | None = None,
    out: str | Path | None = None,
    store: str | Path | None = None,
    display: Callable[[str], Progress] | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Run an experiment, or the experiment in a file; `overrides` replace fields that all rows share.

    Returns the content of experiment.json, which is also written to `out` with table.md and the run of each row.
    `display` takes the title of a row and returns its progress display. Raises BadRequest before any work, and
    StoreError if something cannot be saved. The content has the reason for a row that cannot be run or fails.
    """
    wanted = definition if isinstance(definition, Experiment) else read(Path(definition), overrides)
    registry = registry or Registry.load(wanted.rows[0].request.plugins)
    folder, root = check_writable("--out", out or experiment_folder(wanted)), _root(store)
    parts = parts_of(wanted, registry)
    outcomes = run_parts(parts, registry, Store(root), folder, display or (lambda _: progress(quiet=True)))
    content = assemble(wanted, list(zip(parts, outcomes, strict=True)))
    save(folder, content)
    return content


def experiment_folder(wanted: Experiment) -> Path:
    """Return the default folder of an experiment, which depends on its name and rows."""
    rows = [[row.name, row.request.record()] for row in wanted.rows]
    return Path("runs") / f"{wanted.name}-{key_of('experiment', 1, rows, [], {})[:8]}"


def default_folder(request: Request) -> Path:
    """Return the default folder of a run, which depends on all fields of the request."""
    what = request.suite or "+".join(request.tasks) or "xtreme"
    digest = key_of("request", 1, request.record(), [], {})[:8]
    words = re.sub(r"[^A-Za-z0-9._+-]+", "-", f"{Path(request.model).name}-{request.recipe}-{what}").strip("-.")
    return Path("runs") / f"{words[:80]}-{digest}"
