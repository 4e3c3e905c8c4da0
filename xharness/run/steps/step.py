"""What the run must know of a kind of stage: how it is titled, priced and carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.specs.stage_params import StageParams
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.works import Emit

FLOAT_BYTES = 4  # a trained weight is saved in float32, whatever the checkpoint was given in


@dataclass(frozen=True)
class Price:
    """What a job costs: `seconds` at the machine's remembered rate, `bytes` in the store; all 0 where it is there.

    `dropped` says that its checkpoint was there, and was dropped when it had served; `partial` that the size of some
    of its data is not known, or that it cannot be done as things are, so that it costs more.
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
    """What prices depend on: the plan, the floating-point operations a second of the machine, the sizes of splits."""

    plan: Plan
    registry: Registry
    rate: float
    count: Callable[[DataRef], int]

    def examples(self, job: Job) -> dict[str, int]:
        """Return how many examples a job reads, by role."""
        return {role: self.count(ref) for role, ref in job.stage.data.items()}

    def tokens(self, job: Job) -> dict[str, int]:
        """Return about how many tokens an example costs, by role."""
        data = job.stage.data
        return {role: task.kind.tokens_of(task, data[role].split) for role, task in self.tasks(job).items()}

    def tasks(self, job: Job) -> Mapping[str, Task]:
        """Return the tasks whose splits a job reads, by role."""
        return {role: self.registry.get("tasks", ref.task) for role, ref in job.stage.data.items()}

    def seconds(self, tokens: int, parameters: int) -> float:
        """Return about how long a forward pass takes."""
        return 2 * parameters * tokens / self.rate


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the run does for stages of one kind.

    `params` is the class of their parameters, which also names the kind and its version. `run(job, context, emit)`
    makes the artifact; it is None where several jobs are run together, as predictions. `title(jobs)` says in a few
    words what is done, `price(job, costing)` what it costs, and `subject(jobs)` what `plan` shows beside it, by default
    the splits that are read. An `inline` step
    needs no model: the work that reads its artifact makes it.
    """

    params: type[StageParams]
    title: Callable[[Sequence[Job]], str]
    price: Callable[[Job, Costing], Price]
    run: Callable[[Job, Context, Emit], None] | None = None
    subject: Callable[[Sequence[Job]], str] | None = None
    inline: bool = False


def forward_price(job: Job, costing: Costing) -> Price:
    """Return the price of a forward pass over what a job reads, and of the vectors that are kept."""
    info, examples, per_example = costing.plan.resolved.info, costing.examples(job), costing.tokens(job)
    if "inputs" in examples:
        del examples["examples"]
    tokens = sum(number * per_example[role] for role, number in examples.items())
    vectors = FLOAT_BYTES * info.hidden_size if any(task.kind.search for task in costing.tasks(job).values()) else 0
    total = sum(examples.values())
    return Price(total, tokens, costing.seconds(tokens, info.parameters), total * (vectors + 64), False)
