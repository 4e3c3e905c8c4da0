"""One attempt at a training: load the checkpoint, train it with one seed, and return a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness import Mixing, Training
from xharness_plugins.models.evaluation import dev_score, perplexity
from xharness_plugins.models.lora import trained_parameters
from xharness_plugins.models.trainable import Trainable, load

if TYPE_CHECKING:
    from torch import Tensor

    from xharness.engine.objectives import Objective
    from xharness.engine.training import Schedule, TrainingProgress, Workplace


@dataclass(frozen=True)
class Trained:
    """The models after a training, its progress, and its report."""

    trainable: Trainable
    progress: TrainingProgress
    report: Mapping[str, Any]


def attempt(training: Training) -> Trained:
    """Load and train a checkpoint; the rows of each task are a list. Only the training's state is written to disk."""
    from xharness.engine.training import Workplace, train

    trainable = load(training)
    encoder = trainable.models[0].encoder
    workplace = Workplace(
        device=encoder.stream.device, dtype=encoder.dtype, scratch=training.scratch, report=training.report
    )
    objectives = _objectives(training, trainable)
    evaluate, measure = dev_score(training, trainable), perplexity(trainable)
    before = measure()
    with ExitStack() as stack:
        for each in trainable.models:
            stack.enter_context(each.head.while_training(each.encoder.model))
        progress = train(
            trainable.module,
            objectives,
            _schedule(training),
            workplace,
            evaluate,
            average=training.tuning.selection == "average",
        )
    report = {
        **_progress(progress, workplace),
        **_sizes(training, objectives),
        **trainable.report,
        **_perplexities(before, measure()),
        **(trained_parameters(trainable.updated) if trainable.updated else {}),
    }
    return Trained(trainable, progress, report)


def _objectives(training: Training, trainable: Trainable) -> list[Objective]:
    """Return the objective of each task; in a mixture each uses the model of its task."""
    objectives = [each.head.objective(each.encoder, each.training) for each in trainable.models]
    if not training.mixing:
        return objectives
    return [
        replace(each, loss=_loss_of(each, index), share=training.tasks[index].share)
        for index, each in enumerate(objectives)
    ]


def _loss_of(objective: Objective, index: int) -> Any:
    def loss(models: Any, batch: Mapping[str, Tensor]) -> tuple[Tensor, int]:
        return objective.loss(models[index], batch)

    return loss


def _schedule(training: Training) -> Schedule:
    from xharness.engine.training import Schedule

    tuning = training.tuning
    return Schedule(
        epochs=tuning.epochs,
        batch_size=tuning.batch_size,
        learning_rate=tuning.learning_rate,
        warmup_steps=tuning.warmup_steps,
        weight_decay=tuning.weight_decay,
        eval_steps=tuning.eval_steps,
        seed=training.seed,
        **asdict(training.mixing or Mixing()),
    )


def _progress(progress: TrainingProgress, workplace: Workplace) -> dict[str, Any]:
    """Return the entries of a report on the progress of a training."""
    return {
        "device": str(workplace.device),
        "dtype": str(workplace.dtype).removeprefix("torch."),
        "steps": progress.step,
        "loss": progress.loss,
        "tokens": progress.tokens,
        "training_seconds": progress.seconds,
        "dev": [list(entry) for entry in progress.history],
        "selected_step": progress.best[0] if progress.best else progress.step,
        **({"averaged": progress.averaged} if progress.averaged else {}),
    }


def _sizes(training: Training, objectives: Sequence[Objective]) -> dict[str, Any]:
    """Return the entries of a report on examples and inputs; for a mixture on the inputs and steps of each task."""
    from xharness.engine.task_sampling import shares

    inputs = [len(each.lengths) for each in objectives]
    if not training.mixing:
        only = training.tasks[0]
        return {"examples": len(only.words.texts if only.words else list(only.train)), "inputs": inputs[0]}
    fixed = [each.share for each in objectives]
    steps = shares(inputs, training.tuning.epochs, training.tuning.batch_size, **asdict(training.mixing), fixed=fixed)
    return {
        "tasks": {
            each.task.name: {"inputs": count, "steps": number}
            for each, count, number in zip(training.tasks, inputs, steps, strict=True)
        }
    }


def _perplexities(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Any]:
    """Return the entry of a report on perplexities before and after the training, if they were measured."""
    entries = {code: {"before": round(before[code], 3), "after": round(after[code], 3)} for code in before}
    return {"perplexity": entries} if entries else {}
