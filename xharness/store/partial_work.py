"""Which folder of `scratch/` a process works in, so that two processes never write the same partial work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness.store.leases import Holder

_MARK = "~"


def partial_work(key: str, previous: Holder | None) -> Mapping[str, Any]:
    """Return the values of a lease with the name of the folder of partial work, after a previous holder.

    The folder of a process that has ended is continued. A process that was only silent may write again.
    """
    if previous is None:
        return {"scratch": key}
    return {"scratch": previous.about["scratch"] if previous.gone else f"{key}{_MARK}{os.urandom(4).hex()}"}


def key_of_scratch(name: str) -> str:
    """Return the key of the artifact that a folder of partial work belongs to."""
    return name.partition(_MARK)[0]


def continued(source: Path, target: Path) -> None:
    """Copy partial work of a silent process, unless it changes during the copy; then `target` is not there."""
    if source == target:
        return
    try:
        before = _state(source)
        shutil.copytree(source, target)
        unchanged = before == _state(source)
    except (OSError, shutil.Error):
        unchanged = False
    if not unchanged:
        shutil.rmtree(target, ignore_errors=True)


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    found = {str(path): path.stat() for path in sorted(folder.rglob("*"))}
    return {name: (status.st_size, status.st_mtime_ns) for name, status in found.items()}
