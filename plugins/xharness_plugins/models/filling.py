"""Filling in texts: what a language-modelling head learns from, and what it makes of texts that are held out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, Example, Task, Tuning
from xharness_plugins.models.inspection import Folder

if TYPE_CHECKING:
    from xharness.engine.objectives import Objective

    Perplexities = Callable[[Any], dict[str, float]]

_HELD_OUT = 200
"""Texts of a language that perplexity is measured on, at most."""
_SEED = 0
"""That of the masks of held-out texts, which are the same in every training."""


def objective(
    folder: Folder, task: Task, tuning: Tuning, rows: Iterable[Example], tokenizer: Any, model: Any
) -> Objective:
    """Return what is minimised when a model with a language-modelling head learns from texts."""
    from xharness.engine.mlm import Vocabulary, mask_objective
    from xharness.engine.objectives import feature
    from xharness_plugins.models.streams import TextEncoder

    if tokenizer.mask_token_id is None:
        raise BadRequest(f"{folder.path}: its tokenizer has no mask, so it cannot learn to fill in texts")
    vocabulary = Vocabulary(
        mask=tokenizer.mask_token_id,
        pad=tokenizer.pad_token_id or 0,
        size=min(len(tokenizer), model.config.vocab_size),
        special=tuple(tokenizer.all_special_ids),
    )
    encoded = TextEncoder(tokenizer, min(tuning.max_length, folder.max_length))([row["text"] for row in rows])
    return mask_objective(task.name, [feature(ids, types, []) for ids, types in encoded], vocabulary)


def perplexities(
    folder: Folder,
    task: Task,
    tuning: Tuning,
    dev: Iterable[Example] | None,
    tokenizer: Any,
    model: Any,
    device: Any,
    dtype: Any,
) -> Perplexities:
    """Return what tells the perplexity of a model on held-out texts by language; nothing for a task of another kind."""
    from xharness.engine.mlm import fixed, perplexity

    rows: dict[str, list[Example]] = {}
    for row in (dev or ()) if task.kind.capability == "fill" else ():
        rows.setdefault(row["language"], []).append(row)
    batches = {
        code: fixed(objective(folder, task, tuning, islice(found, _HELD_OUT), tokenizer, model), _SEED)
        for code, found in rows.items()
    }
    return lambda model: {code: perplexity(model, each, device, dtype) for code, each in batches.items()}


def compared(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Any]:
    """Return what the report of a training says of perplexities; nothing where none was measured."""
    found = {code: {"before": round(before[code], 3), "after": round(after[code], 3)} for code in before}
    return {"perplexity": found} if found else {}
