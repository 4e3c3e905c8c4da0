"""The unfinished works of plans, to save them for workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from xharness.plan import Plan
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.pricing import Sizes, prices
from xharness.run.records.cell_scores import key_of_scores
from xharness.run.replanning import described
from xharness.run.works import works_of
from xharness.specs.places import Cell
from xharness.specs.works import Work
from xharness.store.artifacts import Store


class PendingWorks:
    """The works that plans need and the store lacks, by key, with their estimated seconds; equal works are one."""

    def __init__(self, registry: Registry, store: Store) -> None:
        self.works: dict[str, Work] = {}
        self._registry, self._store = registry, store
        self._sizes: Sizes = {}

    def add(self, plan: Plan) -> None:
        """Add the works of a plan, which is not kept."""
        registry, store = self._registry, self._store
        with store.listed():
            priced = prices(plan, registry, store, self._sizes)
            works = works_of(plan, store, _known(plan, registry, store), described(plan, registry))
        for work in works:
            seconds = sum(priced[key].seconds for key in work.jobs)
            self.works.setdefault(work.key, replace(work, seconds=round(seconds, 3)))


def pending_works(plans: Iterable[Plan], registry: Registry, store: Store) -> list[Work]:
    """Return the works that plans need and the store lacks."""
    pending = PendingWorks(registry, store)
    for plan in plans:
        pending.add(plan)
    return list(pending.works.values())


def _known(plan: Plan, registry: Registry, store: Store) -> set[Cell]:
    """Return the cells that cannot be predicted, or whose scores and predictions are in the store."""
    context = Context(plan=plan, registry=registry, store=store)

    def over(cell: Cell, key: str) -> bool:
        job = plan.jobs[key]
        if job.problem:
            return True
        return store.has("predict", key) and store.has("score", key_of_scores(cell, job, context))

    return {cell for cell, key in plan.predictions.items() if over(cell, key)}
