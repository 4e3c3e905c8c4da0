"""The objective of an encoder-decoder that is trained in words: contexts to the encoder, answers as targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import Continuation, Slots, TaskTraining
from xharness_plugins.models.heads.head import LoadedEncoder, train_length
from xharness_plugins.models.predictors import blocks
from xharness_plugins.models.target_texts import TargetEncoder, start_of, target_encoder

if TYPE_CHECKING:
    from xharness.engine.encoder_decoder import Target
    from xharness.engine.objectives import Objective


def objective(encoder: LoadedEncoder, training: TaskTraining, path: Path) -> Objective:
    """Return the cross-entropy of the tokens of the answers, of lines with slots all of them, and of the end of each.

    The folder `path` says which tokens begin a target.
    """
    from xharness.engine.target_loss import target_objective

    assert training.words is not None
    params, tokenizer = training.words.params, encoder.tokenizer
    requests = target_encoder(tokenizer, train_length(encoder, training), params)
    targets = [
        _ended(target, tokenizer.eos_token_id)
        for block in blocks(training.words.texts)
        for target in _targets(requests, block)
    ]
    start = start_of(path, tokenizer, params)
    return target_objective(training.task.name, targets, encoder.stream.pad_id, start)


def _targets(requests: TargetEncoder, texts: Sequence[Continuation | Slots]) -> Iterator[Target]:
    """Yield contexts and answers; the answer of a text with slots is all of it, divided if it is too long."""
    from xharness.engine.encoder_decoder import Target

    asked = [text for text in texts if isinstance(text, Continuation)]
    yield from (pair for pair, _ in requests.pairs([replace(text, text=text.text.rstrip("\n")) for text in asked]))
    for text in texts:
        if isinstance(text, Slots):
            for form, _, _ in requests.forms(text):
                tokens = (token for blank in form.blanks for part, _ in blank.filled(0) for token in part)
                yield Target(form.context, tuple(tokens))


def _ended(target: Target, end: int) -> Target:
    """Return a target with the token that ends a text, which stands for the line end of a written answer."""
    return target if target.ids[-1] == end else target._replace(ids=(*target.ids, end))
