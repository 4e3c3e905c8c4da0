"""Training a checkpoint: on one task, or on several tasks that share its encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xharness import StageError, TaskTraining, Training
from xharness_plugins.models import failed_runs
from xharness_plugins.models.labels import with_labels


def train(training: Training) -> Mapping[str, Any]:
    """Train a checkpoint, write the result, and return a report.

    A training on one task that stays at chance is repeated with another seed, at most `tuning.reruns` times.

    The report holds JSON values: device, dtype, steps, loss, tokens, seconds, the dev scores and the selected step, the
    heads that were dropped and created, the number of encoder weights that were loaded, and failed runs. For one task
    it also holds the number of examples and inputs, for several the inputs and steps of each.

    Raises StageError if a task has no training examples, the loss is not finite, or a head to keep is incomplete.
    Raises BadRequest if the checkpoint has no head to keep, or a task cannot be trained in this way.
    """
    from xharness.engine import resuming
    from xharness_plugins.models.attempt import attempt
    from xharness_plugins.models.trainable import save

    training = replace(training, tasks=tuple(_read(each) for each in training.tasks))
    failed = resuming.load_failed(training.scratch)
    while True:
        seed = failed_runs.next_seed(training.seed, len(failed))
        trained = attempt(replace(training, seed=seed))
        only = None if training.mixing or training.tasks[0].words else training.tasks[0]
        sign = failed_runs.sign(only.task, list(only.train), trained.progress) if only else None
        if sign is None or len(failed) >= training.tuning.reruns:
            break
        failed.append({"seed": seed, "sign": sign})
        resuming.save_failed(training.scratch, failed)
    save(trained.trainable, training)
    own = failed_runs.report(failed, sign, trained.progress)
    remarks = [*trained.report.get("remarks", ()), *own.get("remarks", ())]
    return {**trained.report, **own, **({"remarks": remarks} if remarks else {})}


def _read(each: TaskTraining) -> TaskTraining:
    """Return a task's training with its rows in a list, and with their tags as labels if the task declares none."""
    rows = list(each.train)
    if not rows and not (each.words and each.words.texts):
        raise StageError(f"task '{each.task.name}': no training examples")
    tags = dict.fromkeys(tag for row in rows for tag in row.get("tags", ()))
    return replace(each, train=rows, task=with_labels(each.task, tags))
