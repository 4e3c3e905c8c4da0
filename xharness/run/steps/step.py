"""The interface of a kind of stage: its title, its price and its execution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.specs.stage_params import StageParams
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.works import Emit

FLOAT_BYTES = 4  # trained weights are saved in float32


@dataclass(frozen=True)
class Price:
    """The estimated cost of a job: `seconds` at the measured rate of the machine, `bytes` in the store; 0 if cached.

    `dropped` says that its checkpoint was deleted after use. `partial` says that the price is a lower bound, because
    the size of some of its data is unknown or the job cannot be done.
    """

    examples: int
    tokens: int
    seconds: float
    bytes: int
    cached: bool
    dropped: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Costing:
    """The inputs of prices: the plan, the floating-point operations per second of the machine, the sizes of splits."""

    plan: Plan
    registry: Registry
    rate: float
    count: Callable[[DataRef], int]

    def examples(self, job: Job) -> dict[str, int]:
        """Return the number of examples that a job reads, by role."""
        return {role: self.count(ref) for role, ref in job.stage.data.items()}

    def tokens(self, job: Job) -> dict[str, int]:
        """Return the estimated number of tokens per example, by role."""
        data = job.stage.data
        return {role: task.kind.tokens_of(task, data[role].split) for role, task in self.tasks(job).items()}

    @cached_property
    def _task(self) -> Callable[[str], Task]:
        return cache(lambda name: self.registry.get("tasks", name))

    def tasks(self, job: Job) -> Mapping[str, Task]:
        """Return the tasks whose splits a job reads, by role."""
        return {role: self._task(ref.task) for role, ref in job.stage.data.items()}

    def seconds(self, tokens: int, parameters: int) -> float:
        """Return the estimated time of a forward pass, in seconds."""
        return 2 * parameters * tokens / self.rate


@dataclass(frozen=True, kw_only=True)
class Step:
    """The functions of one kind of stage.

    `params` is the class of its parameters, which contains the name and version of the kind. `run(job, context, emit)`
    makes the artifact; it is None for kinds whose jobs are run together, such as predictions. `title(jobs)` describes
    the work in a few words, `price(job, costing)` estimates it, and `subject(jobs)` is shown by `plan` beside the kind
    (by default the splits that are read). An `inline` step needs no model: the work that reads its artifact makes it.
    """

    params: type[StageParams]
    title: Callable[[Sequence[Job]], str]
    price: Callable[[Job, Costing], Price]
    run: Callable[[Job, Context, Emit], None] | None = None
    subject: Callable[[Sequence[Job]], str] | None = None
    inline: bool = False


def forward_price(job: Job, costing: Costing) -> Price:
    """Return the price of a forward pass over the data of a job, and of the vectors that it stores."""
    info, examples, per_example = costing.plan.resolved.info, costing.examples(job), costing.tokens(job)
    if "inputs" in examples:
        del examples["examples"]
    tokens = sum(number * per_example[role] for role, number in examples.items())
    vectors = FLOAT_BYTES * info.hidden_size if any(task.kind.search for task in costing.tasks(job).values()) else 0
    total = sum(examples.values())
    return Price(total, tokens, costing.seconds(tokens, info.parameters), total * (vectors + 64), False)
