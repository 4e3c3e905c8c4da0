"""Training one encoder on several tasks at once, with a new head for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, Lesson, LoadOptions, Mixing, StageError, Tuning
from xharness_plugins.models import degenerate
from xharness_plugins.models.finetuning import evaluation, new_head, objective_of, schedule, told
from xharness_plugins.models.inspection import AUTO, TRAINED_POOLING, Folder

if TYPE_CHECKING:
    from torch import Tensor, nn

    from xharness.engine.objectives import Objective


def multitask(
    path: Path,
    lessons: Sequence[Lesson],
    tuning: Tuning,
    mixing: Mixing,
    seed: int,
    out: Path,
    scratch: Path,
    options: LoadOptions,
    report: Callable[[Mapping[str, Any]], None],
    head: str | None = None,
) -> Mapping[str, Any]:
    """Train the encoder of a checkpoint and a new head a lesson; write the encoder to `out`, with one head or none.

    The pooler, where heads have one, is the encoder's: all share it, and it is written too. A dev score is the mean of
    those of the lessons. Returns what was done, as `finetune` does, and the steps and inputs of each task.
    """
    from xharness.engine.checkpoints import quiet
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness.engine.task_sampling import shares
    from xharness.engine.training import Workplace
    from xharness.engine.training import train as run_training
    from xharness_plugins.models import filling
    from xharness_plugins.models.loading import keep_pooler, load_config, load_tokenizer

    folder = Folder.read(path)
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    lessons = [_read(lesson) for lesson in lessons]
    models, loaded = _models(folder, lessons, seed, options)
    if "pooler" in loaded["heads_dropped"] and keep_pooler(path, models[0], options):
        loaded["heads_dropped"].remove("pooler")
    objectives, scores = [], []
    perplexities: list[Callable[[], dict[str, float]]] = []
    for place, lesson in enumerate(lessons):
        rows, model = list(lesson.train), models[place]
        tokenizer = load_tokenizer(path, options, words=lesson.task.kind.capability == "tag")
        about = (folder, lesson.task, lesson.tuning)
        objectives.append(_through(objective_of(*about, rows, tokenizer, model), place, lesson.share))
        scores.append(
            None if lesson.share else evaluation(*about, lesson.dev, tokenizer, device, dtype, options, lesson.measure)
        )
        perplexities.append(partial(filling.perplexities(*about, lesson.dev, tokenizer, model, device, dtype), model))
    before = _all(perplexities)
    progress = run_training(
        models,
        objectives,
        schedule(tuning, seed, **asdict(mixing)),
        Workplace(device=device, dtype=dtype, scratch=scratch, report=report),
        _mean(scores) if tuning.selection == "dev" else None,
        average=tuning.selection == "average",
    )
    with quiet():
        _kept(models, lessons, head, load_config(path, options)).save_pretrained(out)
        load_tokenizer(path, options).save_pretrained(out)
    inputs = [len(each.lengths) for each in objectives]
    steps = shares(
        inputs, tuning.epochs, tuning.batch_size, **asdict(mixing), fixed=[each.share for each in objectives]
    )
    return {
        **told(progress, device, dtype),
        **loaded,
        "tasks": {
            lesson.task.name: {"inputs": count, "steps": number}
            for lesson, count, number in zip(lessons, inputs, steps, strict=True)
        },
        **filling.compared(before, _all(perplexities)),
        **degenerate.told([], None, progress),
    }


def _read(lesson: Lesson) -> Lesson:
    """Return a lesson whose examples are read, and whose tags are known where its task leaves them to its examples."""
    from xharness_plugins.models.loading import labelled

    rows = list(lesson.train)
    if not rows:
        raise StageError(f"task '{lesson.task.name}': no training examples")
    tags = dict.fromkeys(tag for row in rows for tag in row.get("tags", ()))
    return replace(lesson, train=rows, task=labelled(lesson.task, tags))


def _models(
    folder: Folder, lessons: Sequence[Lesson], seed: int, options: LoadOptions
) -> tuple[nn.ModuleList, dict[str, Any]]:
    """Return a model a lesson, with a head of its own, and what loading reports.

    Every other part that the models have in common is one.
    """
    import torch

    from xharness_plugins.models.loading import load_checkpoint, load_config

    models, loadings = [], []
    common: dict[str, nn.Module] = {}
    for lesson in lessons:
        capability = lesson.task.kind.capability
        if capability not in AUTO:
            raise BadRequest(f"task '{lesson.task.name}' trains no head, so it cannot be trained beside other tasks")
        torch.manual_seed(seed)
        config = load_config(folder.path, options, **new_head(lesson.task))
        model, loading = load_checkpoint(
            folder.path, AUTO[capability], options, config=config, dtype=torch.float32, keep_head=False
        )
        for name, module in list(model.base_model.named_children()):
            setattr(model.base_model, name, common.setdefault(name, module))
        if capability == "fill":
            model.tie_weights(recompute_mapping=False)
        models.append(model)
        loadings.append(loading)
    dropped = set.intersection(*(set(loading.dropped) for loading in loadings))
    created = {name for loading in loadings for name in loading.created}
    heads = {"heads_dropped": sorted(dropped), "heads_created": sorted(created)}
    return torch.nn.ModuleList(models), {**heads, "encoder_weights": loadings[0].encoder}


def _through(objective: Objective, place: int, share: float | None) -> Objective:
    """Return an objective whose loss goes through one of several models, and which may have a share of all steps."""

    def loss(models: Any, batch: Mapping[str, Tensor]) -> tuple[Tensor, int]:
        return objective.loss(models[place], batch)

    return replace(objective, loss=loss, share=share)


def _all(perplexities: Sequence[Callable[[], dict[str, float]]]) -> dict[str, float]:
    return {code: value for each in perplexities for code, value in each().items()}


def _mean(scores: Sequence[Callable[[Any], float] | None]) -> Callable[[Any], float]:
    def evaluate(models: Any) -> float:
        return fmean(score(model) for score, model in zip(scores, models, strict=True) if score)

    return evaluate


def _kept(models: nn.ModuleList, lessons: Sequence[Lesson], head: str | None, config: Any) -> Any:
    """Return what is written: the model of one task, or the encoder alone, with the pooler where one was trained."""
    if head:
        kept: Any = models[[lesson.task.name for lesson in lessons].index(head)]
    else:
        encoders: list[Any] = [model.base_model for model in models]
        kept = max(encoders, key=lambda encoder: len(list(encoder.named_children())))
        kept.config = config
    if hasattr(kept.config, TRAINED_POOLING):
        setattr(kept.config, TRAINED_POOLING, None)
    return kept
