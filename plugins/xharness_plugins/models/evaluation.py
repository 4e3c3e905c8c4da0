"""Evaluation during training: the score on dev splits, and the perplexity on held-out texts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from xharness import ORACLE, BadRequest, Training
from xharness_plugins.models import word_training
from xharness_plugins.models.heads.head import train_length
from xharness_plugins.models.lora import merged_copy
from xharness_plugins.models.trainable import TaskModel, Trainable


def dev_score(training: Training, trainable: Trainable) -> Callable[[Any], float] | None:
    """Return a function of the trained module: the mean score of its tasks on their dev splits.

    Models are scored as after saving and loading: in the precision of the evaluation, with low-rank updates merged.
    A task with a fixed share of the steps, as a corpus beside tasks, is not scored. None if no dev split selects.
    """
    if training.tuning.selection not in ("dev", ORACLE):
        return None
    path = trainable.checkpoint.path
    scores = [None if each.training.share else _score(each, path) for each in trainable.models]

    def evaluate(module: Any) -> float:
        models = list(module) if training.mixing else [module]
        if trainable.updated:
            models = [merged_copy(trainable.updated)]
        return fmean(score(model) for score, model in zip(scores, models, strict=True) if score)

    return evaluate


def _score(each: TaskModel, path: Path) -> Callable[[Any], float]:
    """Return a function of the model of one task: the dev score; `path` is the folder of the checkpoint."""
    import torch

    if each.training.words:
        return word_training.dev_score(each.encoder, each.training, path)
    task, head, encoder = each.training.task, each.head, each.encoder
    measure, predictor = each.training.measure, head.predictor
    if predictor is None or not head.selects:
        raise BadRequest(f"task '{task.name}' has no dev score to select a checkpoint by; use --param selection=last")
    rows = list(each.training.dev or ())
    if not rows or measure is None:
        raise BadRequest(
            f"task '{task.name}' has no dev examples to select a checkpoint by; use --param selection=last"
        )
    params = {"max_length": train_length(encoder, each.training)}

    def score(model: Any) -> float:
        model = model if encoder.dtype == torch.float32 else copy.deepcopy(model).to(encoder.dtype)
        loaded = predictor(replace(encoder, model=model.eval()), task, params)
        return measure(list(getattr(loaded, head.capability)(rows)))

    return score


def perplexity(trainable: Trainable) -> Callable[[], dict[str, float]]:
    """Return a function that measures the current perplexity of the models on held-out texts, by language.

    The result is empty if no model has a language-modelling head or no text is held out.
    """
    measures = [
        (each.head.perplexity(each.encoder, each.training), each.encoder.model)
        for each in trainable.models
        if each.head.perplexity
    ]
    return lambda: {code: value for measure, model in measures for code, value in measure(model).items()}
