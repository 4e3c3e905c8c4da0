"""What a plan will cost, before anything runs: examples, tokens, time and disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from xharness.errors import DataError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run import throughput as speed
from xharness.run.checkpoint_cleanup import targets
from xharness.run.steps.step import Costing, Price
from xharness.run.steps.table import STEPS
from xharness.run.todo import pending
from xharness.specs.sources import CANDIDATES
from xharness.specs.stage_params import Translate
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.store.artifacts import Store
from xharness.store.keys import canonical
from xharness.store.pruning import dropped

Sizes = dict[tuple[str, str, DataRef], int]
# Assumed until a run on this machine has told better: floating-point operations a second of a forward pass.
ASSUMED_RATE = 1e11
_TRAINING_COST = 3
_FLOAT = 4  # bytes of a weight: what was trained is kept in float32, whatever the checkpoint was given in
_UPDATES_COST = 2  # no gradient of the weights themselves is computed


def prices(plan: Plan, registry: Registry, store: Store, sizes: Sizes | None = None) -> dict[str, Price]:
    """Return the price of every job by key; rough, and exact in no part but the cached ones.

    `sizes` are those of splits that are known already, and will hold those that are not: for plans on the same data.
    """
    rate = speed.rate(store.root, plan) or ASSUMED_RATE
    count = _counter(plan, registry, {} if sizes is None else sizes)
    costing = Costing(plan, registry, rate, count)
    todo = pending(plan, store)
    return {
        job.key: replace(
            STEPS[job.kind].price(job, costing) if job.key in todo and not job.problem else _nothing(job),
            dropped=dropped(store, job.kind, job.key),
            partial=job.key in todo and (bool(job.problem) or not all(map(count, job.stage.data.values()))),
        )
        for job in plan.jobs.values()
    }


def disk(plan: Plan, priced: Mapping[str, Price]) -> tuple[int, int]:
    """Return what stays in the store after a run, and what it takes at most, in bytes; what is there already aside."""
    going = [priced[job.key].bytes for job in targets(plan)]
    kept = sum(price.bytes for price in priced.values()) - sum(going)
    return kept, kept + max(going, default=0)


def _nothing(job: Job) -> Price:
    return Price(0, 0, 0.0, 0, cached=job.problem is None)


def _counter(plan: Plan, registry: Registry, known: Sizes) -> Callable[[DataRef], int]:
    resolved = plan.resolved
    origin = resolved.source.name, canonical([str(resolved.data_options.root), resolved.data_options.params])

    def count(ref: DataRef) -> int:
        if (*origin, ref) not in known:
            known[*origin, ref] = _rows(ref)
        whole = known[*origin, ref]
        return whole if ref.split == CANDIDATES else min(whole, resolved.request.limit or 2**62)

    def _rows(ref: DataRef) -> int:
        task: Task = registry.get("tasks", ref.task)
        if ref.made:
            most = ref.made.params.rows if isinstance(ref.made.params, Translate) else None
            rows = count(ref.made.data["examples"])
            return min(rows, most or rows)
        if resolved.source.offline:
            try:
                return len(resolved.source.load(task, ref.language, ref.split, resolved.data_options))
            except DataError:
                return 0
        return task.size_of(ref.language, ref.split)

    return count


def assumed(root: Path, plan: Plan) -> bool:
    """Say whether times rest on the assumed rate, since this machine has not run anything of the kind yet."""
    return speed.rate(root, plan) is None
