"""Save the unfinished part of plans, for workers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

from xharness.plan import Plan
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.pricing import Sizes, prices
from xharness.run.records.cell_scores import key_of_scores
from xharness.run.replanning import described
from xharness.run.works import works_of
from xharness.scale import plan_file
from xharness.scale.shared import Shared
from xharness.specs.places import Cell
from xharness.specs.works import Work
from xharness.store.artifacts import Store


def pending_works(plans: Iterable[Plan], registry: Registry, store: Store) -> list[Work]:
    """Return the works that plans need and the store lacks, with their estimated seconds; equal works are one."""
    found: dict[str, Work] = {}
    sizes: Sizes = {}
    for plan in plans:
        priced = prices(plan, registry, store, sizes)
        for work in works_of(plan, store, _known(plan, registry, store), described(plan, registry)):
            seconds = sum(priced[key].seconds for key in work.jobs)
            found.setdefault(work.key, replace(work, seconds=round(seconds, 3)))
    return list(found.values())


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


def _known(plan: Plan, registry: Registry, store: Store) -> set[Cell]:
    """Return the cells that cannot be predicted, or whose scores and predictions are in the store."""
    context = Context(plan=plan, registry=registry, store=store)

    def over(cell: Cell, key: str) -> bool:
        job = plan.jobs[key]
        if job.problem:
            return True
        return store.has("score", key_of_scores(cell, job, context)) and store.has("predict", key)

    return {cell for cell, key in plan.predictions.items() if over(cell, key)}
