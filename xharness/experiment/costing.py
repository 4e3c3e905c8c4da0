"""Estimate the cost of an experiment: the stages of all rows, with shared stages counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from xharness.experiment.running import ExperimentRun
from xharness.plan import Job
from xharness.registry import Registry
from xharness.run.checkpoint_cleanup import targets
from xharness.run.pricing import Sizes, assumed, prices, vector_bytes
from xharness.run.steps.step import Price
from xharness.store.artifacts import Store


@dataclass
class Cost:
    """The estimated cost of some stages; `missing` of them are not in the store. See `Price` for the units."""

    name: str
    stages: int = 0
    missing: int = 0
    tokens: int = 0
    seconds: float = 0.0
    bytes: int = 0

    def add(self, price: Price) -> None:
        """Add the price of a stage."""
        self.stages += 1
        self.missing += not price.cached
        self.tokens += price.tokens
        self.seconds += price.seconds
        self.bytes += price.bytes


@dataclass
class Costs:
    """The costs of an experiment.

    `rows` holds the stages of each row, with its sweep, that no earlier row has; `kinds` holds all stages by kind.
    `shared` maps each training that several rows use to these rows. `kept` is the number of bytes that stay on disk,
    `most` the maximum during the run. `refused` maps rows that cannot be run to the reason; `problems` maps the reason
    why cells cannot be run to the first row and language. `guessed` says that times are based on an assumed speed.
    """

    rows: list[Cost] = field(default_factory=list)
    kinds: dict[str, Cost] = field(default_factory=dict)
    total: Cost = field(default_factory=lambda: Cost("in all"))
    shared: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    problems: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: int = 0
    most: int = 0
    guessed: bool = False

    def content(self) -> dict[str, Any]:
        """Return the costs as plain JSON values."""
        return asdict(self)


def costs_of(parts: Sequence[ExperimentRun], registry: Registry, store: Store) -> Costs:
    """Return the estimated costs of an experiment's parts; nothing is run."""
    sizes: Sizes = {}
    priced: dict[str, Price] = {}
    jobs: dict[str, Job] = {}
    users: dict[str, list[str]] = {}
    costs = Costs()
    before = None
    for part in parts:
        row, group = part.row.name, (part.row.name, part.task)
        later_layer, before = part.task is not None and group == before, group
        if not costs.rows or costs.rows[-1].name != row:
            costs.rows.append(Cost(row))
        if part.plan is None:
            costs.refused[row] = str(part.reason)
            continue
        costs.guessed |= assumed(store.root, part.plan)
        for key, price in prices(part.plan, registry, store, sizes).items():
            job = part.plan.jobs[key]
            rows = users.setdefault(key, [])
            if row not in rows:
                rows.append(row)
            if job.problem and job.kind == "predict":
                costs.problems.setdefault(job.problem, {"row": row, "language": job.cells[0].place.language})
            if key not in priced or (priced[key].cached and not price.cached):
                jobs.setdefault(key, job)
                # One forward pass computes the vectors of all layers.
                priced[key] = replace(price, tokens=0, seconds=0.0) if later_layer else price
    _count(costs, jobs, priced, users)
    _disk(costs, parts, priced, users)
    return costs


def _count(costs: Costs, jobs: dict[str, Job], priced: dict[str, Price], users: dict[str, list[str]]) -> None:
    rows = {cost.name: cost for cost in costs.rows}
    for key, job in jobs.items():
        if job.kind == "pretrained":
            continue
        for cost in (rows[users[key][0]], costs.kinds.setdefault(job.kind, Cost(job.kind)), costs.total):
            cost.add(priced[key])
        if job.kind not in ("predict", "embed") and len(users[key]) > 1:
            rows_of = costs.shared.setdefault(f"{job.kind} on {job.subject}", [])
            rows_of += [row for row in users[key] if row not in rows_of]


def _disk(
    costs: Costs,
    parts: Iterable[ExperimentRun],
    priced: dict[str, Price],
    users: dict[str, list[str]],
) -> None:
    """Estimate the disk use: checkpoints of targets are deleted after their last row, vectors after each row."""
    deleted = {job.key for part in parts if part.plan for job in targets(part.plan)}
    one_row = [priced[key].bytes for key in deleted if len(users[key]) == 1]
    several_rows = sum(priced[key].bytes for key in deleted if len(users[key]) > 1)
    vectors = _vectors(parts, priced)
    costs.kept = costs.total.bytes - sum(priced[key].bytes for key in deleted) - sum(vectors.values())
    costs.most = costs.kept + several_rows + max(one_row, default=0) + max(vectors.values(), default=0)


def _vectors(parts: Iterable[ExperimentRun], priced: Mapping[str, Price]) -> dict[tuple[str, str | None], int]:
    """Return the bytes of the vectors of each row, and of each task of its sweep."""
    sizes: dict[tuple[str, str | None], int] = {}
    seen: set[str] = set()
    for part in parts:
        plan = part.plan
        if plan is None:
            continue
        for job in plan.of_kind("predict"):
            if job.key not in seen:
                seen.add(job.key)
                size = vector_bytes(job, plan, priced[job.key])
                sizes[part.row.name, part.task] = sizes.get((part.row.name, part.task), 0) + size
    return sizes
