"""Train a model in words: on the texts of a prompt with the right answers, tokenised as they are asked."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, Continuation, Slots, TaskTraining, Training, TrainingTexts
from xharness_plugins.models import lora, target_texts, target_training
from xharness_plugins.models.chat import asks_in_chat
from xharness_plugins.models.fitting import remarks
from xharness_plugins.models.heads.head import Head, LoadedEncoder, train_length
from xharness_plugins.models.inspection import ENCODER_DECODER
from xharness_plugins.models.loading import stream_on
from xharness_plugins.models.predictors import blocks
from xharness_plugins.models.text_model import PromptEncoder, max_length_of, text_model
from xharness_plugins.models.text_updates import TextCheckpoint

if TYPE_CHECKING:
    from xharness.engine.answer_loss import AnswerPart
    from xharness.engine.objectives import Objective

AUTO = "AutoModelForCausalLM"
_GENERATION = "generation_config.json"


def load(checkpoint: TextCheckpoint, training: Training) -> LoadedEncoder:
    """Load the checkpoint of a training in words, in float32 on the CPU."""
    import torch

    from xharness.engine.device import resolve_device, resolve_dtype

    options, folder, tokenizer = training.options, checkpoint.folder, checkpoint.tokenizer()
    device = resolve_device(options.device)
    torch.manual_seed(training.seed)
    auto, max_length = AUTO, folder.max_length
    if folder.config.get("is_encoder_decoder"):
        asked = _words(training.tasks[0]).params.get("max_length")
        auto, max_length = target_texts.AUTO, target_texts.length_of(folder, asked)
    model, loading = checkpoint.load(auto, torch.float32)
    if folder.config["model_type"] == ENCODER_DECODER:
        # The tokens of other languages are not trained, and keep their place beside those that are.
        model.get_encoder().get_input_embeddings().requires_grad_(False)
    return LoadedEncoder(
        model=model,
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, replace(options, on_tokens=None)),
        max_length=max_length,
        dtype=resolve_dtype(options.dtype, device),
        about=remarks(loading),
    )


def head(path: Path) -> Head:
    """Return what has the place of a head in a training in words: the layer that predicts tokens, which stays.

    The folder `path` says which tokens begin the targets of an encoder-decoder.
    """
    return Head(capability="write", auto=AUTO, name="words", objective=partial(_objective, path=path))


def _objective(encoder: LoadedEncoder, training: TaskTraining, path: Path) -> Objective:
    """Return the cross-entropy of the tokens of the answers."""
    if encoder.model.config.is_encoder_decoder:
        return target_training.objective(encoder, training, path)
    from xharness.engine.answer_loss import answer_feature, answer_objective

    words = _words(training)
    chat = asks_in_chat(encoder.tokenizer, words.params)
    length = max_length_of(train_length(encoder, training), words.params)
    prompts = PromptEncoder(encoder.tokenizer, length, chat=chat)
    features = [answer_feature(parts) for parts in _parts(prompts, words.texts)]
    return answer_objective(training.task.name, features, encoder.stream.pad_id)


def _words(training: TaskTraining) -> TrainingTexts:
    assert training.words is not None
    return training.words


def _parts(prompts: PromptEncoder, texts: Sequence[Continuation | Slots]) -> Iterator[list[AnswerPart]]:
    """Yield the token ids of contexts and answers; a text with slots that is too long is divided."""
    for block in blocks(texts):
        pairs = iter(prompts.pairs([text for text in block if isinstance(text, Continuation)]))
        for text in block:
            if isinstance(text, Slots):
                for form, _, _ in prompts.forms(text):
                    yield [(form.context, False), *(part for blank in form.blanks for part in blank.filled(0))]
            else:
                pair, _ = next(pairs)
                yield [(pair.context, False), (pair.continuation, True)]


def dev_score(encoder: LoadedEncoder, training: TaskTraining, path: Path) -> Callable[[Any], float]:
    """Return a function of the trained model: its score on the dev split, asked in words.

    The folder `path` says which tokens end a text. BadRequest if there are no dev examples.
    """
    import torch

    words = _words(training)
    measure = words.dev_score
    if measure is None:
        raise BadRequest(
            f"task '{training.task.name}' has no dev examples to select a checkpoint by; use --param selection=last"
        )

    asked = target_texts.target_model if encoder.model.config.is_encoder_decoder else text_model

    def score(model: Any) -> float:
        model = model if encoder.dtype == torch.float32 else copy.deepcopy(model).to(encoder.dtype)
        loaded = replace(encoder, model=model.eval())
        return measure(asked(loaded, words.params, path))

    return score


def save(encoder: LoadedEncoder, updated: Any, path: Path, out: Path) -> None:
    """Write the model with its tokenizer, or as a folder of peft its low-rank updates, which names their base.

    `path` is the folder of the weights before the training; what it declares for generation is copied.
    """
    from xharness.engine.checkpoints import quiet

    with quiet():
        if updated:
            lora.save_updates(updated, out)
            return
        encoder.model.save_pretrained(out)
        encoder.tokenizer.save_pretrained(out)
    if (path / _GENERATION).is_file():
        shutil.copy(path / _GENERATION, out)
