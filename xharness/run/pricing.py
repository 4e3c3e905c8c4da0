"""What a plan will cost, before anything runs: examples, tokens, time and disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from xharness.errors import DataError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run import speed
from xharness.run.dropping import targets
from xharness.run.pending import pending
from xharness.specs.models import ModelInfo
from xharness.specs.sources import CANDIDATES
from xharness.specs.stage_params import Finetune, Merge, Multitask, StageParams, Translate
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


def prices(plan: Plan, registry: Registry, store: Store, sizes: Sizes | None = None) -> dict[str, Price]:
    """Return the price of every job by key; rough, and exact in no part but the cached ones.

    `sizes` are those of splits that are known already, and will hold those that are not: for plans on the same data.
    """
    rate = speed.rate(store.root, plan) or ASSUMED_RATE
    count = _counter(plan, registry, {} if sizes is None else sizes)
    todo = pending(plan, store)
    return {
        job.key: replace(
            _price(job, plan, registry, rate, count) if job.key in todo and not job.problem else _nothing(job),
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
            return min(count(ref.made.data["examples"]), _most_rows(ref.made.params))
        if resolved.source.offline:
            try:
                return len(resolved.source.load(task, ref.language, ref.split, resolved.data_options))
            except DataError:
                return 0
        return task.size_of(ref.language, ref.split)

    return count


def _price(job: Job, plan: Plan, registry: Registry, rate: float, count: Callable[[DataRef], int]) -> Price:
    info = plan.resolved.info
    data: Mapping[str, DataRef] = job.stage.data
    tasks = {role: registry.get("tasks", ref.task) for role, ref in data.items()}
    per_example = {role: task.kind.tokens_of(task, data[role].split) for role, task in tasks.items()}
    examples = {role: count(ref) for role, ref in data.items()}
    params = job.stage.params
    if isinstance(params, Finetune | Multitask):
        number, tokens = _learnt(params, examples, per_example)
        whole = _TRAINING_COST, _FLOAT * info.parameters
        cost, size = (_UPDATES_COST, _updates(job, info)) if job.of_updates else whole
        return Price(number, tokens, cost * _seconds(tokens, info.parameters, rate), size, False)
    if isinstance(params, Merge):
        return Price(0, 0, 0.0, _FLOAT * info.parameters, False)
    if isinstance(params, Translate):
        number = min(examples["examples"], _most_rows(params))
        tokens = number * per_example["examples"]
        _, translator = plan.given(plan.checkpoint(job))
        passes = 1 + params.beams  # it is read once, and written as often as there are beams
        return Price(number, tokens, passes * _seconds(tokens, translator.parameters, rate), 4 * tokens, False)
    if "inputs" in examples:
        del examples["examples"]
    tokens = sum(number * per_example[role] for role, number in examples.items())
    vectors = 4 * info.hidden_size if any(task.kind.search for task in tasks.values()) else 0
    total = sum(examples.values())
    return Price(total, tokens, _seconds(tokens, info.parameters, rate), total * (vectors + 64), False)


def _most_rows(params: StageParams) -> int:
    """Return how many rows a translation has at most."""
    return params.rows or 2**62 if isinstance(params, Translate) else 2**62


def _learnt(
    params: Finetune | Multitask, examples: Mapping[str, int], per_example: Mapping[str, int]
) -> tuple[int, int]:
    """Return how many examples a training learns from, and the tokens of all its epochs."""
    epochs, texts = params.tuning.epochs, params.texts if isinstance(params, Multitask) else None
    most = partial(_most, params) if isinstance(params, Finetune) else lambda role: None
    counts = {role: min(count, most(role) or count) for role, count in examples.items() if role.startswith("train")}
    lines = [role for role in counts if texts and role.startswith(f"train.{texts.corpus.name}.")]
    held = [min(counts.pop(role), texts.rows) for role in lines] if texts else []
    number = sum(counts.values())
    tokens = epochs * sum(count * per_example[role] for role, count in counts.items())
    if texts:  # their steps come on top of those of the tasks
        drawn = number * epochs * texts.share / (1 - texts.share)
        number, tokens = number + min(round(drawn), sum(held)), tokens + drawn * per_example[lines[0]]
    return number, round(tokens)


def _most(params: Finetune, role: str) -> int | None:
    """Return how many examples of a split are learnt from at most."""
    shots = params.shots
    few = shots and (shots.languages is None or role.removeprefix("train.") in shots.languages)
    return shots.count if shots and few else params.rows


def _updates(job: Job, info: ModelInfo) -> int:
    """Return about how large low-rank updates of square matrices are, and the layers of a head, in bytes."""
    lora, size = job.params(Finetune).lora, info.hidden_size
    assert lora is not None
    products = lora.rank * len(lora.targets) * info.layers
    return 4 * size * (2 * products + size)


def _seconds(tokens: int, parameters: int, rate: float) -> float:
    return 2 * parameters * tokens / rate


def assumed(root: Path, plan: Plan) -> bool:
    """Say whether times rest on the assumed rate, since this machine has not run anything of the kind yet."""
    return speed.rate(root, plan) is None
