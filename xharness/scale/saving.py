"""Save works as a plan file, for workers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from itertools import count
from pathlib import Path

from xharness.scale import plan_file
from xharness.scale.shared import Shared
from xharness.specs.works import Work


def save(root: Path, works: Collection[Work], base: str, name: str | None = None) -> Shared:
    """Save works as a plan file; without a name, `base` with a digest of the works is the name.

    If the store has the plan already, what is unfinished of it is done again. BadRequest if another plan has the name.
    """
    plan = plan_file.write(plan_file.folder_of(root, name), list(works)) if name else _named(root, works, base)
    shared = Shared(plan)
    shared.reopen({work.key for work in works})
    return shared


def _named(root: Path, works: Collection[Work], base: str) -> plan_file.PlanFile:
    plans = "".join(dict.fromkeys(work.plan for work in works))
    stem = f"{base}-{hashlib.sha256(plans.encode()).hexdigest()[:8]}"
    for number in count(1):
        folder = plan_file.folder_of(root, stem if number == 1 else f"{stem}-{number}")
        if not (folder / plan_file.FILE).exists():
            return plan_file.write(folder, list(works))
        known = plan_file.read(folder)
        if {work.key for work in works} <= {work.key for work in known.works}:
            return known
    raise AssertionError
