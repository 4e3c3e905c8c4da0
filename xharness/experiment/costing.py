"""What an experiment will cost: the stages of all rows, those that rows share once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from xharness.experiment.running import ExperimentRun
from xharness.plan import Job
from xharness.registry import Registry
from xharness.run.checkpoint_cleanup import targets
from xharness.run.pricing import Sizes, assumed, prices
from xharness.run.steps.step import Price
from xharness.store.artifacts import Store


@dataclass
class Cost:
    """What some stages cost, of which `missing` are not in the store; as `xharness.run.pricing.Price`."""

    name: str
    stages: int = 0
    missing: int = 0
    tokens: int = 0
    seconds: float = 0.0
    bytes: int = 0

    def add(self, price: Price) -> None:
        """Count one stage more."""
        self.stages += 1
        self.missing += not price.cached
        self.tokens += price.tokens
        self.seconds += price.seconds
        self.bytes += price.bytes


@dataclass
class Costs:
    """The costs of an experiment.

    `rows` holds for each row the stages that no row before it has, its sweep included, `kinds` all stages by kind.
    `shared` maps each training to the rows that it serves, where they are several. `kept` are the bytes that stay,
    `most` those that are taken at most. `refused` says why rows cannot be run, `problems` why cells cannot be had, and
    where that is first met. `guessed` says that times rest on an assumed speed.
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
        """Return the costs as JSON has them."""
        return asdict(self)


def costs_of(parts: Sequence[ExperimentRun], registry: Registry, store: Store) -> Costs:
    """Price the stages of an experiment's parts; nothing is run."""
    sizes: Sizes = {}
    priced: dict[str, Price] = {}
    jobs: dict[str, Job] = {}
    served: dict[str, list[str]] = {}
    found = Costs()
    before = None
    for part in parts:
        row, place = part.row.name, (part.row.name, part.task)
        swept, before = part.task is not None and place == before, place
        if not found.rows or found.rows[-1].name != row:
            found.rows.append(Cost(row))
        if part.plan is None:
            found.refused[row] = str(part.reason)
            continue
        found.guessed |= assumed(store.root, part.plan)
        for key, price in prices(part.plan, registry, store, sizes).items():
            job = part.plan.jobs[key]
            rows = served.setdefault(key, [])
            if row not in rows:
                rows.append(row)
            if job.problem and job.kind == "predict":
                found.problems.setdefault(job.problem, {"row": row, "language": job.cells[0].place.language})
            if key not in priced or (priced[key].cached and not price.cached):
                jobs.setdefault(key, job)
                # One pass makes the vectors of all layers.
                priced[key] = replace(price, tokens=0, seconds=0.0) if swept else price
    _count(found, jobs, priced, served)
    _disk(found, parts, priced, served, registry)
    return found


def _count(found: Costs, jobs: dict[str, Job], priced: dict[str, Price], served: dict[str, list[str]]) -> None:
    rows = {cost.name: cost for cost in found.rows}
    for key, job in jobs.items():
        if job.kind == "pretrained":
            continue
        for cost in (rows[served[key][0]], found.kinds.setdefault(job.kind, Cost(job.kind)), found.total):
            cost.add(priced[key])
        if job.kind not in ("predict", "embed") and len(served[key]) > 1:
            rows_of = found.shared.setdefault(f"{job.kind} on {job.subject}", [])
            rows_of += [row for row in served[key] if row not in rows_of]


def _disk(
    found: Costs,
    parts: Iterable[ExperimentRun],
    priced: dict[str, Price],
    served: dict[str, list[str]],
    registry: Registry,
) -> None:
    """Target checkpoints go when they have served the last row that needs them, vectors after their row."""
    going = {job.key for part in parts if part.plan for job in targets(part.plan)}
    passing = [priced[key].bytes for key in going if len(served[key]) == 1]
    waiting = sum(priced[key].bytes for key in going if len(served[key]) > 1)
    vectors = _vectors(parts, priced, registry)
    found.kept = found.total.bytes - sum(priced[key].bytes for key in going) - sum(vectors.values())
    found.most = found.kept + waiting + max(passing, default=0) + max(vectors.values(), default=0)


def _vectors(
    parts: Iterable[ExperimentRun], priced: Mapping[str, Price], registry: Registry
) -> dict[tuple[str, str | None], int]:
    """Return the bytes of the vectors that each row, and each task of its sweep, searches in."""
    found: dict[tuple[str, str | None], int] = {}
    seen: set[str] = set()
    for part in parts:
        plan = part.plan
        if plan is None or part.row.request.keep_checkpoints:
            continue
        for job in plan.of_kind("predict"):
            if registry.get("tasks", job.cells[0].place.task).kind.search and job.key not in seen:
                seen.add(job.key)
                size = 4 * plan.resolved.info.hidden_size * priced[job.key].examples
                found[part.row.name, part.task] = found.get((part.row.name, part.task), 0) + size
    return found
