"""The models of a training: one for each task, with a common encoder; loading and saving them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, TaskTraining, Training
from xharness_plugins.models import lora, word_training
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.checkpoint_files import set_trained_pooling
from xharness_plugins.models.decoder_inputs import fit_decoder
from xharness_plugins.models.heads.embed import trained_pooling
from xharness_plugins.models.heads.head import Head, LoadedEncoder
from xharness_plugins.models.heads.table import HEADS
from xharness_plugins.models.loading import load_to_train
from xharness_plugins.models.text_updates import TextCheckpoint

if TYPE_CHECKING:
    from torch import nn

    from xharness.engine.checkpoints import Loading


@dataclass(frozen=True, kw_only=True)
class TaskModel:
    """The model that is trained on one task: the encoder with a head."""

    training: TaskTraining
    head: Head
    encoder: LoadedEncoder


@dataclass(frozen=True, kw_only=True)
class Trainable:
    """The models of a training, in the order of its tasks.

    `module` is trained: the model of the only task, or the list of the models of a mixture. `updated` is peft's view of
    it, None unless low-rank updates are trained. `report` names the heads that were dropped and created. `checkpoint`
    is where the training starts from.
    """

    checkpoint: Checkpoint
    models: Sequence[TaskModel]
    module: nn.Module
    updated: Any
    report: dict[str, Any]


def load(training: Training) -> Trainable:
    """Load the models of a training, in float32 on the CPU; new heads are initialised from the seed.

    BadRequest if a task cannot be mixed with others, or if the checkpoint has no head to keep.
    """
    from torch import nn

    if training.tasks[0].words:
        return _in_words(training)
    checkpoint = Checkpoint.read(training.path, replace(training.options, on_tokens=None))
    models, loadings = [], []
    common: dict[str, nn.Module] = {}
    for each in training.tasks:
        head = HEADS[each.task.kind.capability]
        if training.mixing and head.pooling:
            raise BadRequest(
                f"task '{each.task.name}' trains embeddings and has no head, so it cannot be mixed with other tasks"
            )
        encoder, loading = load_to_train(checkpoint, training, each.task)
        if training.mixing:
            _share(encoder.model, common)
        models.append(TaskModel(training=each, head=head, encoder=encoder))
        loadings.append(loading)
    first = models[0].encoder.model
    updated = lora.add_updates(first, training.lora, checkpoint.path) if training.lora else None
    report = {**_report(loadings), **models[0].encoder.about}
    replaced = training.start.fresh_pooler or training.lora
    pooler = checkpoint.pooler() if "pooler" in report["heads_dropped"] and not replaced else None
    if pooler is not None:  # its head does not read the pooler, but a later training may start from it
        first.base_model.pooler = pooler
        report["heads_dropped"].remove("pooler")
    module = nn.ModuleList([each.encoder.model for each in models]) if training.mixing else first
    return Trainable(checkpoint=checkpoint, models=models, module=module, updated=updated, report=report)


def _in_words(training: Training) -> Trainable:
    """Load one model that writes text, which all tasks of a training in words share."""
    from torch import nn

    text = TextCheckpoint.read(training.path, replace(training.options, on_tokens=None))
    encoder, head = word_training.load(text, training), word_training.head(text.folder.path)
    model = encoder.model
    updated = lora.add_updates(model, training.lora, training.path, words=True) if training.lora else None
    return Trainable(
        checkpoint=text.checkpoint,
        models=[TaskModel(training=each, head=head, encoder=encoder) for each in training.tasks],
        module=nn.ModuleList([model for _ in training.tasks]) if training.mixing else model,
        updated=updated,
        report={"heads_dropped": [], "heads_created": [], **encoder.about},
    )


def _share(model: Any, common: dict[str, nn.Module]) -> None:
    """Replace the modules of a model's encoder by those of the models before it, where they have them too."""
    for name, module in list(model.base_model.named_children()):
        setattr(model.base_model, name, common.setdefault(name, module))
    if model.get_output_embeddings() is not None:
        # A head of masked language modelling shares its weights with the embeddings.
        model.tie_weights(recompute_mapping=False)


def _report(loadings: Sequence[Loading]) -> dict[str, Any]:
    dropped = set.intersection(*(set(loading.dropped) for loading in loadings))
    created = {name for loading in loadings for name in loading.created}
    return {
        "heads_dropped": sorted(dropped),
        "heads_created": sorted(created),
        "encoder_weights": loadings[0].encoder,
    }


def save(trainable: Trainable, training: Training) -> None:
    """Write the encoder with the head that the training names, or the encoder alone; of LoRA only the updates."""
    from xharness.engine.checkpoints import quiet

    checkpoint = trainable.checkpoint
    if training.tasks[0].words:
        word_training.save(trainable.models[0].encoder, trainable.updated, checkpoint.path, training.out)
        return
    model, tokenizer = _kept(trainable, training), checkpoint.tokenizer()
    if checkpoint.folder.decoder:
        fit_decoder(checkpoint.path, tokenizer, model.config)
    with quiet():
        if trainable.updated:
            lora.save(trainable.updated, checkpoint.path, training.out)
        else:
            model.save_pretrained(training.out)
            tokenizer.save_pretrained(training.out)


def _kept(trainable: Trainable, training: Training) -> Any:
    """Return the model of the task whose head is saved, or the encoder, with a pooler if one of the models has it."""
    pooling = None
    if training.head:
        [named] = [each for each in trainable.models if each.training.task.name == training.head]
        kept, pooling = named.encoder.model, named.head.pooling and trained_pooling(named.encoder)
    else:
        encoders = [each.encoder.model.base_model for each in trainable.models]
        kept = max(encoders, key=lambda encoder: len(list(encoder.named_children())))
        kept.config = trainable.checkpoint.config()
    set_trained_pooling(kept.config, pooling)
    return kept
