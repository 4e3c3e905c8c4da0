"""A model object in memory as the model of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, reason_of
from xharness.model_lookup import Found, find
from xharness.registry import Registry
from xharness.specs.models import LIVE, LoadOptions
from xharness.store.artifacts import Store

_DIGITS = 12


@contextmanager
def on_disk(
    model: Any, tokenizer: Any, store: Store, registry: Registry, options: LoadOptions
) -> Iterator[tuple[str, Mapping[str, Found]]]:
    """Yield the reference of a model object and what is known of it; its files exist within the block only.

    The files are written to a temporary folder of the store. The reference has a digest of them (weights,
    configuration, tokenizer), so that the same object has the same one in every process. Raises BadRequest if the
    object cannot be saved, has no tokenizer, or no adapter supports it.
    """
    _check(model, tokenizer)
    with store.temporary() as folder:
        _write(model, tokenizer, folder)
        adapter, info = find(str(folder), registry, options)
        reference = f"{LIVE}{type(model).__name__}-{info.fingerprint[:_DIGITS]}"
        yield reference, {reference: (adapter, replace(info, reference=reference))}


def _check(model: Any, tokenizer: Any) -> None:
    for part in (model, tokenizer):
        if part is not None and not hasattr(part, "save_pretrained"):
            raise BadRequest(
                f"model: a {type(part).__name__} has no method save_pretrained; give a model of transformers with its "
                "tokenizer, a SentenceTransformer, or the name of a checkpoint"
            )
    if tokenizer is None and getattr(model, "tokenizer", None) is None:
        raise BadRequest(
            f"model: this {type(model).__name__} has no tokenizer; give its tokenizer as well: tokenizer=..."
        )


def _write(model: Any, tokenizer: Any, folder: Path) -> None:
    from xharness.engine.checkpoints import quiet

    try:
        with quiet():
            for part in (model, tokenizer):
                if part is not None:
                    part.save_pretrained(str(folder))
    except Exception as error:  # a foreign class may raise anything
        raise BadRequest(
            f"model: this {type(model).__name__} cannot be saved ({reason_of(error)}); save it yourself and give its "
            "folder"
        ) from error
