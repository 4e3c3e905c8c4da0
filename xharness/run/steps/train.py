"""The steps that train a checkpoint on one task, or on a mixture of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from xharness.plan import Job
from xharness.run.steps.step import FLOAT_BYTES, Costing, Price, Step
from xharness.run.steps.training import train
from xharness.specs.models import ModelInfo
from xharness.specs.stage_params import Finetune, Multitask

_TRAINING_COST = 3  # forward passes
_UPDATES_COST = 2  # no gradients of the frozen weights
_SHOWN = 6


def _title(jobs: Sequence[Job]) -> str:
    job, params = jobs[0], jobs[0].stage.params
    assert isinstance(params, Finetune | Multitask)
    codes = list(dict.fromkeys(ref.language for ref in job.stage.refs("train")))
    languages = ", ".join(codes) if len(codes) <= _SHOWN else f"{len(codes)} languages"
    how = f"{' in words' if params.words else ''}{', labels shuffled' if params.shuffled else ''}"
    return f"{job.kind} on {job.subject} ({languages}){how}, seed {params.seed}"


def _price(job: Job, costing: Costing) -> Price:
    info, params = costing.plan.resolved.info, job.stage.params
    assert isinstance(params, Finetune | Multitask)
    number, tokens = _trained(params, costing.examples(job), costing.tokens(job))
    cost, size = (
        (_UPDATES_COST, _updates(job, info)) if job.of_updates else (_TRAINING_COST, FLOAT_BYTES * info.parameters)
    )
    return Price(number, tokens, cost * costing.seconds(tokens, info.parameters), size, False)


def _trained(
    params: Finetune | Multitask, examples: Mapping[str, int], per_example: Mapping[str, int]
) -> tuple[int, int]:
    """Return the number of training examples, and the number of tokens in all epochs."""
    epochs, texts = params.tuning.epochs, params.texts if isinstance(params, Multitask) else None
    most = partial(_most, params) if isinstance(params, Finetune) else lambda role: None
    counts = {role: min(count, most(role) or count) for role, count in examples.items() if role.startswith("train")}
    lines = [role for role in counts if texts and role.startswith(f"train.{texts.corpus.name}.")]
    held = [min(counts.pop(role), texts.rows) for role in lines] if texts else []
    number = sum(counts.values())
    tokens = epochs * sum(count * per_example[role] for role, count in counts.items())
    if texts:  # their steps are added to those of the tasks
        drawn = number * epochs * texts.share / (1 - texts.share)
        number, tokens = number + min(round(drawn), sum(held)), tokens + drawn * per_example[lines[0]]
    return number, round(tokens)


def _most(params: Finetune, role: str) -> int | None:
    """Return the maximum number of examples taken of a split."""
    shots = params.shots
    few = shots and (shots.languages is None or role.removeprefix("train.") in shots.languages)
    return shots.count if shots and few else params.rows


def _updates(job: Job, info: ModelInfo) -> int:
    """Return the estimated size in bytes of low-rank updates of square matrices and of the layers of a head."""
    lora, size = job.params(Finetune).lora, info.hidden_size
    assert lora is not None
    products = lora.rank * len(lora.targets) * info.layers
    return 4 * size * (2 * products + size)


FINETUNE = Step(params=Finetune, run=train, title=_title, price=_price)
MULTITASK = Step(params=Multitask, run=train, title=_title, price=_price)
