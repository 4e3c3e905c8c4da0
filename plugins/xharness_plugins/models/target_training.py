"""The objective of an encoder-decoder that is trained in words: contexts to the encoder, answers as targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xharness import Continuation, TaskTraining
from xharness_plugins.models.heads.head import LoadedEncoder, train_length
from xharness_plugins.models.predictors import blocks
from xharness_plugins.models.target_texts import start_of, target_encoder

if TYPE_CHECKING:
    from xharness.engine.encoder_decoder import Target
    from xharness.engine.objectives import Objective


def objective(encoder: LoadedEncoder, training: TaskTraining, path: Path) -> Objective:
    """Return the cross-entropy of the tokens of the answers and of the end of each answer.

    The folder `path` says which tokens begin a target.
    """
    from xharness.engine.target_loss import target_objective

    assert training.words is not None
    params, tokenizer = training.words.params, encoder.tokenizer
    requests = target_encoder(tokenizer, train_length(encoder, training), params)
    texts = [text for text in training.words.texts if isinstance(text, Continuation)]
    targets = [
        _ended(target, tokenizer.eos_token_id)
        for block in blocks(Continuation(text.context, text.text.rstrip("\n")) for text in texts)
        for target, _ in requests.pairs(block)
    ]
    start = start_of(path, tokenizer, params)
    return target_objective(training.task.name, targets, encoder.stream.pad_id, start)


def _ended(target: Target, end: int) -> Target:
    """Return a target with the token that ends a text, which stands for the line end of a written answer."""
    return target if target.ids[-1] == end else target._replace(ids=(*target.ids, end))
