"""The head of masked language modelling: trained on texts, evaluated by perplexity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, Example, TaskTraining
from xharness.engine.mlm import Vocabulary, fixed, mask_objective, perplexity
from xharness.engine.objectives import feature
from xharness_plugins.models.heads.head import Head, LoadedEncoder, train_length
from xharness_plugins.models.predictors import TextEncoder

if TYPE_CHECKING:
    from xharness.engine.objectives import Objective

_HELD_OUT = 200
"""Maximum number of held-out texts of a language for perplexity."""
_SEED = 0
"""The seed of the masks of held-out texts, which are the same in every training."""


def _objective(encoder: LoadedEncoder, training: TaskTraining) -> Objective:
    """Return the cross-entropy of masked tokens; BadRequest if the tokenizer has no mask token."""
    tokenizer = encoder.tokenizer
    if tokenizer.mask_token_id is None:
        raise BadRequest(
            f"{tokenizer.name_or_path}: the tokenizer has no mask token, which is needed for masked language modelling"
        )
    vocabulary = Vocabulary(
        mask=tokenizer.mask_token_id,
        pad=encoder.stream.pad_id,
        size=min(len(tokenizer), encoder.model.config.vocab_size),
        special=tuple(tokenizer.all_special_ids),
    )
    texts = TextEncoder(tokenizer, train_length(encoder, training))
    encoded = texts([row["text"] for row in training.train])
    return mask_objective(training.task.name, [feature(ids, types, []) for ids, types in encoded], vocabulary)


def _perplexity(encoder: LoadedEncoder, training: TaskTraining) -> Callable[[Any], dict[str, float]]:
    """Return a function of a model: its perplexity on the first held-out texts of each language."""
    rows: dict[str, list[Example]] = {}
    for row in training.dev or ():
        rows.setdefault(row["language"], []).append(row)
    batches = {
        code: fixed(_objective(encoder, replace(training, train=texts[:_HELD_OUT])), _SEED)
        for code, texts in rows.items()
    }
    device, dtype = encoder.stream.device, encoder.dtype
    return lambda model: {code: perplexity(model, each, device, dtype) for code, each in batches.items()}


FILL = Head(
    capability="fill",
    auto="AutoModelForMaskedLM",
    name="masked tokens",
    objective=_objective,
    selects=False,
    perplexity=_perplexity,
)
