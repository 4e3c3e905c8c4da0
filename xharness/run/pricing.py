"""Estimate the cost of a plan before it runs: examples, tokens, time and disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.errors import DataError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run import throughput as speed
from xharness.run.checkpoint_cleanup import targets
from xharness.run.noisy_share import SAMPLED, Shares
from xharness.run.steps.step import FLOAT_BYTES, Costing, Price
from xharness.run.steps.table import STEPS
from xharness.run.todo import pending
from xharness.specs.sources import CANDIDATES
from xharness.specs.stage_params import Noising, Predict, Translate
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.ways import VECTORS
from xharness.store.artifacts import Store
from xharness.store.keys import canonical
from xharness.store.pruning import dropped

if TYPE_CHECKING:
    from datasets import Dataset

Sizes = dict[tuple[str, str, str, DataRef], int]
# Floating-point operations per second of a forward pass, assumed until a run measures this machine.
ASSUMED_RATE = 1e11
_TRAINING_COST = 3
_FLOAT = 4  # bytes per weight: trained weights are saved in float32
_UPDATES_COST = 2  # no gradients of the frozen weights


def prices(plan: Plan, registry: Registry, store: Store, sizes: Sizes | None = None) -> dict[str, Price]:
    """Return the estimated price of every job by key; cached jobs cost nothing.

    `sizes` holds the known sizes of splits and is extended with new ones; pass it on for plans on the same data.
    """
    rate = speed.rate(store.root, plan) or ASSUMED_RATE
    count = _counter(plan, registry, {} if sizes is None else sizes)
    costing = Costing(plan, registry, rate, count)
    todo = pending(plan, store)

    def price(job: Job) -> Price:
        pending = job.key in todo
        found = STEPS[job.kind].price(job, costing) if pending and not job.problem else _nothing(job)
        was_dropped = dropped(store, job.kind, job.key)
        partly = pending and (bool(job.problem) or not all(map(count, job.stage.data.values())))
        return replace(found, dropped=was_dropped, partial=partly) if was_dropped or partly else found

    return {job.key: price(job) for job in plan.jobs.values()}


def disk(plan: Plan, priced: Mapping[str, Price]) -> tuple[int, int]:
    """Return the bytes that a run adds to the store: those that stay, and the maximum during the run."""
    deleted: Counter[str] = Counter()  # by checkpoint
    for job in targets(plan):
        deleted[job.key if job.stage.params.trains else job.needs[0]] += priced[job.key].bytes
    for job in plan.of_kind("predict"):
        deleted[job.needs[0]] += vector_bytes(job, plan, priced[job.key])
    kept = sum(price.bytes for price in priced.values()) - deleted.total()
    return kept, kept + max(deleted.values(), default=0)


def vector_bytes(job: Job, plan: Plan, price: Price) -> int:
    """Return the bytes of the vectors of a prediction, which are deleted after use unless checkpoints are kept."""
    if plan.resolved.request.keep_checkpoints or job.params(Predict).loading.capability != VECTORS.capability:
        return 0
    return FLOAT_BYTES * plan.resolved.info.hidden_size * price.examples


def _nothing(job: Job) -> Price:
    return Price(0, 0, 0.0, 0, cached=job.problem is None)


def _counter(plan: Plan, registry: Registry, known: Sizes) -> Callable[[DataRef], int]:
    resolved = plan.resolved
    origin = resolved.source.name, canonical([str(resolved.data_options.root), resolved.data_options.params])

    shares, counted = Shares(), dict[int, int]()

    def count(ref: DataRef) -> int:
        found = counted.get(id(ref))  # the plan keeps its references; comparing those of noised splits is slow
        if found is None:
            name = (*origin, _variant(ref), ref)
            if name not in known:
                known[name] = _rows(ref)
            whole = known[name]
            found = whole if ref.split == CANDIDATES else min(whole, resolved.request.limit or 2**62)
            counted[id(ref)] = found
        return found

    @cache
    def sample(ref: DataRef) -> Dataset:
        rows = resolved.source.load(registry.get("tasks", ref.task), ref.language, ref.split, resolved.data_options)
        return rows.select(range(min(SAMPLED, count(ref))))

    def _rows(ref: DataRef) -> int:
        task: Task = registry.get("tasks", ref.task)
        if ref.made:
            params, examples = ref.made.params, ref.made.data["examples"]
            rows = count(examples)
            if rows and type(params) is Noising and resolved.source.offline and not examples.made:
                noise = registry.get("noises", params.noise)
                share = shares.share(task, noise, params, partial(sample, examples))
                return max(1, round(share * rows))
            return min(rows, params.rows or rows) if isinstance(params, Translate) else rows
        if resolved.source.offline:
            try:
                return len(resolved.source.load(task, ref.language, ref.split, resolved.data_options))
            except DataError:
                return 0
        return task.size_of(ref.language, ref.split)

    return count


def _variant(ref: DataRef) -> str:
    """Return what distinguishes the noised splits of a split, whose references have equal hashes."""
    params = ref.made.params if ref.made else None
    return f"{params.noise}:{params.severity}:{params.seed}" if isinstance(params, Noising) else ""


def assumed(root: Path, plan: Plan) -> bool:
    """Return whether times are based on the assumed rate, because no run has measured this machine yet."""
    return speed.rate(root, plan) is None
