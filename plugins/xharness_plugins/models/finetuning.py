"""Fine-tuning an encoder with a new head on a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import (
    ORACLE,
    BadRequest,
    Example,
    LoadOptions,
    Lora,
    Measure,
    PassageRetrieval,
    SpanQA,
    StageError,
    Task,
    Tuning,
)
from xharness_plugins.models import degenerate, lowrank
from xharness_plugins.models.inspection import AUTO, TRAINED_POOLING, Folder

if TYPE_CHECKING:
    from xharness.engine.objectives import Objective
    from xharness.engine.training import Progress, Schedule


@dataclass(frozen=True)
class _Trained:
    """A model that was trained; `updated` is peft's view of it where only low-rank updates were."""

    model: Any
    updated: Any
    progress: Progress
    about: Mapping[str, Any]


def finetune(
    path: Path,
    task: Task,
    tuning: Tuning,
    seed: int,
    train: Iterable[Example],
    dev: Iterable[Example] | None,
    out: Path,
    scratch: Path,
    options: LoadOptions,
    report: Callable[[Mapping[str, Any]], None],
    keep_head: bool = False,
    fresh_pooler: bool = False,
    lora: Lora | None = None,
    measure: Measure | None = None,
) -> Mapping[str, Any]:
    """Train a new head, or the checkpoint's own, and the encoder below it on a task; write the checkpoint to `out`.

    With `lora` low-rank updates of the encoder are trained, and written with the head instead of all weights. A
    training that did not leave chance is begun again as often as the tuning says.
    Returns what was done: steps, loss, the dev scores seen and the step that was kept, heads dropped and made,
    device and dtype. Raises StageError where there are no examples, the loss is no number, or a head that is to be
    kept is not whole, and BadRequest where there is none for the task.
    """
    from xharness.engine import resuming
    from xharness_plugins.models.loading import check_head, labelled

    folder, rows = Folder.read(path), list(train)
    if not rows:
        raise StageError(f"task '{task.name}': no training examples")
    task = labelled(task, dict.fromkeys(tag for row in rows for tag in row.get("tags", ())))
    if keep_head:
        check_head(folder, task.kind.capability, task)
    dev = None if dev is None else list(dev)
    parts: dict[str, Any] = {"keep_head": keep_head, "fresh_pooler": fresh_pooler, "lora": lora}
    failed = resuming.load_failed(scratch)
    while True:
        number = degenerate.another(seed, len(failed))
        done = _train(folder, task, tuning, number, rows, dev, scratch, options, report, measure, **parts)
        sign = degenerate.sign(task, rows, done.progress)
        if sign is None or len(failed) >= tuning.reruns:
            break
        failed.append({"seed": number, "sign": sign})
        resuming.save_failed(scratch, failed)
    _save(done, path, out, options)
    return {**done.about, **degenerate.told(failed, sign, done.progress)}


def _train(
    folder: Folder,
    task: Task,
    tuning: Tuning,
    seed: int,
    rows: list[Example],
    dev: list[Example] | None,
    scratch: Path,
    options: LoadOptions,
    report: Callable[[Mapping[str, Any]], None],
    measure: Measure | None,
    *,
    keep_head: bool,
    fresh_pooler: bool,
    lora: Lora | None,
) -> _Trained:
    import torch

    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness.engine.dual_encoder import add_scale, remove_scale
    from xharness.engine.pooling import POOLER
    from xharness.engine.training import Workplace
    from xharness.engine.training import train as run_training
    from xharness_plugins.models import filling
    from xharness_plugins.models.loading import keep_pooler, load_checkpoint, load_config, load_tokenizer

    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    capability = task.kind.capability
    torch.manual_seed(seed)
    model, loading = load_checkpoint(
        folder.path,
        AUTO.get(capability, "AutoModel"),
        options,
        config=load_config(folder.path, options, **({} if keep_head else new_head(task))),
        dtype=torch.float32,
        keep_head=keep_head,
        pooler=capability == "embed",
        fresh_pooler=fresh_pooler,
    )
    updated = lowrank.add(model, lora, folder.path) if lora else None
    tokenizer = load_tokenizer(folder.path, options, words=capability == "tag")
    objective = objective_of(folder, task, tuning, rows, tokenizer, model)
    dropped = set(loading.dropped)
    if capability == "embed":
        add_scale(model)
    if "pooler" in dropped and not (fresh_pooler or lora) and keep_pooler(folder.path, model, options):
        dropped.remove("pooler")
    evaluate = evaluation(folder, task, tuning, dev, tokenizer, device, dtype, options, measure)
    perplexity = filling.perplexities(folder, task, tuning, dev, tokenizer, model, device, dtype)
    before = perplexity(model)
    progress = run_training(
        model,
        [objective],
        schedule(tuning, seed),
        Workplace(device=device, dtype=dtype, scratch=scratch, report=report),
        lowrank.merged_first(updated, evaluate) if updated else evaluate,
        average=tuning.selection == "average",
    )
    if capability == "embed":
        remove_scale(model)
    if capability == "embed" or folder.trained_pooling:
        setattr(model.config, TRAINED_POOLING, POOLER if capability == "embed" else None)
    about = {
        **told(progress, device, dtype),
        "examples": len(rows),
        "inputs": len(objective.lengths),
        "heads_dropped": sorted(dropped),
        "heads_created": list(loading.created),
        "encoder_weights": loading.encoder,
        **filling.compared(before, perplexity(model)),
        **(lowrank.told(updated) if updated else {}),
    }
    return _Trained(model, updated, progress, about)


def _save(done: _Trained, path: Path, out: Path, options: LoadOptions) -> None:
    from xharness.engine.checkpoints import quiet
    from xharness_plugins.models.loading import load_tokenizer

    with quiet():
        if done.updated:
            lowrank.save(done.updated, path, out)
        else:
            done.model.save_pretrained(out)
            load_tokenizer(path, options).save_pretrained(out)


def schedule(tuning: Tuning, seed: int, **more: Any) -> Schedule:
    """Return the engine's schedule of a tuning."""
    from xharness.engine.training import Schedule

    return Schedule(
        epochs=tuning.epochs,
        batch_size=tuning.batch_size,
        learning_rate=tuning.learning_rate,
        warmup_steps=tuning.warmup_steps,
        weight_decay=tuning.weight_decay,
        eval_steps=tuning.eval_steps,
        seed=seed,
        **more,
    )


def told(progress: Progress, device: Any, dtype: Any) -> dict[str, Any]:
    """Return what the report of a training says of how it went."""
    return {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "steps": progress.step,
        "loss": progress.loss,
        "tokens": progress.tokens,
        "training_seconds": progress.seconds,
        "dev": [list(entry) for entry in progress.history],
        "selected_step": progress.best[0] if progress.best else progress.step,
        **({"averaged": progress.averaged} if progress.averaged else {}),
    }


def new_head(task: Task) -> dict[str, Any]:
    """Return what a configuration says of a new head for a task."""
    from xharness_plugins.models.loading import task_labels

    labels = task_labels(task)
    if not labels:
        # A head for spans has two outputs, start and end, whatever head the checkpoint had before.
        names = ("LABEL_0", "LABEL_1")
        return {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}
    return {"id2label": dict(enumerate(labels)), "label2id": {label: place for place, label in enumerate(labels)}}


def _length(folder: Folder, tuning: Tuning) -> int:
    return min(tuning.max_length, folder.max_length)


def objective_of(
    folder: Folder, task: Task, tuning: Tuning, rows: list[Example], tokenizer: Any, model: Any
) -> Objective:
    """Return what is minimised when a model with a head for a task learns from its rows."""
    from xharness.engine import objectives
    from xharness.engine.alignment import WordEncoder
    from xharness.engine.multiple_choice import choice_objective
    from xharness.engine.spans import Reader
    from xharness_plugins.models import filling
    from xharness_plugins.models.loading import label_places
    from xharness_plugins.models.streams import TextEncoder

    length = _length(folder, tuning)
    place = label_places(model, task)
    if task.kind.capability == "embed":
        return _dual_objective(folder, task, tuning, rows, tokenizer)
    if task.kind.capability == "fill":
        return filling.objective(folder, task, tuning, rows, tokenizer, model)
    if task.kind.capability == "choose":
        return choice_objective(task.name, TextEncoder(tokenizer, length), rows, tokenizer.pad_token_id or 0)
    if task.kind.capability == "classify":
        texts = TextEncoder(tokenizer, length)
        features = objectives.class_features(texts, rows, place)
        loss = objectives.class_loss
    elif task.kind.capability == "tag":
        features = objectives.tag_features(WordEncoder(tokenizer, length), rows, place)
        loss = objectives.tag_loss
    else:
        unanswerable = isinstance(task, SpanQA) and task.unanswerable
        features = objectives.span_features(Reader(tokenizer, length, tuning.stride), rows, unanswerable)
        loss = objectives.span_loss
    return objectives.objective(task.name, features, tokenizer.pad_token_id or 0, loss)


def _dual_objective(folder: Folder, task: Task, tuning: Tuning, rows: list[Example], tokenizer: Any) -> Objective:
    from xharness.engine import dual_encoder as dual
    from xharness.engine.objectives import feature
    from xharness.engine.pooling import trained_vectors
    from xharness_plugins.models.streams import TextEncoder

    assert isinstance(task, PassageRetrieval)
    lacking = next((number for number, row in enumerate(rows, 1) if not row["positive"]), None)
    if lacking:
        raise StageError(f"training example {lacking} of task '{task.name}' has no positive")
    sides = []
    for column, most in (("text", task.query_length), ("positive", task.candidate_length)):
        texts = TextEncoder(tokenizer, min(most, tuning.max_length, folder.max_length))
        encoded = texts([row[column] for row in rows])
        sides.append([feature(ids, types, []) for ids, types in encoded])
    return dual.objective(task.name, sides[0], sides[1], tokenizer.pad_token_id or 0, tuning.negatives, trained_vectors)


def evaluation(
    folder: Folder,
    task: Task,
    tuning: Tuning,
    dev: Iterable[Example] | None,
    tokenizer: Any,
    device: Any,
    dtype: Any,
    options: LoadOptions,
    measure: Measure | None,
) -> Callable[[Any], float] | None:
    """Return what scores a model on the dev split, as it will be scored when it is saved; None without one."""
    if tuning.selection not in ("dev", ORACLE):
        return None
    import copy

    import torch

    from xharness_plugins.models.loading import stream_on, with_head

    capability = task.kind.capability
    if capability in ("embed", "fill"):
        raise BadRequest(f"task '{task.name}' is trained to its last step; use --param selection=last")
    rows = list(dev or ())
    if not rows or measure is None:
        raise BadRequest(f"task '{task.name}' has no dev examples to select by; use --param selection=last")
    params = {"max_length": _length(folder, tuning)}
    stream = stream_on(device, tokenizer, folder.hidden_size, replace(options, on_tokens=None))

    def evaluate(model: Any) -> float:
        usual = model if dtype == torch.float32 else copy.deepcopy(model).to(dtype)
        loaded = with_head(folder, task, params, usual.eval(), tokenizer, stream, {})
        return measure(list(getattr(loaded, capability)(rows)))

    return evaluate
