"""Load a checkpoint, and run one batch of synthetic examples through it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from xharness.check.heads import fitting
from xharness.errors import BadRequest, StageError, reason_of
from xharness.model_lookup import Found
from xharness.registry import Registry
from xharness.specs.caveats import of_model
from xharness.specs.findings import FAILED, NOTE, OK, Finding
from xharness.specs.models import LoadOptions
from xharness.specs.sources import Synthetic
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Generation

_WORDS, _BATCH, _TOKENS = 12, 16, 4
_DESCRIBED = ("dtype", "layer", "layers", "pooling", "prompt", "chat", "max_length")
Words = Mapping[str, Sequence[str]]


def probe(
    found: Found, params: Mapping[str, Any], options: LoadOptions, registry: Registry, words: Words
) -> tuple[Any, list[Finding]]:
    """Return the loaded model, None if it cannot be loaded, and what was found on it and on the outputs of a batch."""
    model, info = found
    chosen = _chosen(found, registry)
    if chosen is None:
        return None, [Finding("output", "loads", NOTE, "not tried: nothing works before a recipe has trained it")]
    capability, task = chosen
    try:
        loaded = model.load(info.path, capability, task, params, options)
        about = loaded.describe()
    except Exception as error:  # noqa: BLE001 - an adapter of a third party may raise anything
        return None, [Finding("output", "loads", FAILED, reason_of(error))]
    settings = [f"{name} {about[name]}" for name in _DESCRIBED if about.get(name) not in (None, "", False)]
    remarks = [Finding("output", "remark", NOTE, of_model(each).text) for each in about.get("remarks", ())]
    loads = Finding("output", "loads", OK, ", ".join([f"for {capability}", *settings]))
    return loaded, [loads, *remarks, _batch(loaded, capability, task, words)]


def _chosen(found: Found, registry: Registry) -> tuple[str, Task | None] | None:
    """Return what to load a checkpoint for: a ready head with a task that it fits, else what needs no task."""
    model, info = found
    task = next((task for task in fitting(info, registry) if _examples(task)), None)
    if task:
        return task.kind.ways[0].capability, task
    able = [name for name in _RUNS if name in info.ready or (name == "embed" and name in model.capabilities)]
    return (able[0], None) if able else None


def _batch(loaded: Any, capability: str, task: Task | None, words: Words) -> Finding:
    texts = [" ".join(list(found)[:_WORDS]) for found in list(words.values())[:: max(1, len(words) // _BATCH)]]
    try:
        if task is None:
            count = _RUNS[capability](loaded, texts)
        else:
            count = len(list(getattr(loaded, capability)(_examples(task))))
    except Exception as error:  # noqa: BLE001 - an adapter of a third party may raise anything
        return Finding("output", "one batch", FAILED, reason_of(error))
    return Finding("output", "one batch", OK, f"all finite, {count} examples")


def _examples(task: Task) -> list[Mapping[str, Any]]:
    """Return synthetic examples of a task, none if it has no generator."""
    declared = task.data if isinstance(task.data, tuple) else (task.data,)
    data = next((entry for entry in declared if isinstance(entry, Synthetic)), None)
    if data is None or task.test_split not in data.sizes:
        return []
    return list(data.rows(task.languages[0], task.test_split, _BATCH))


def _embed(loaded: Any, texts: Sequence[str]) -> int:
    import numpy as np

    vectors = np.concatenate(list(loaded.embed(texts)))
    _check(bool(np.isfinite(vectors).all()))
    return len(vectors)


def _loglikelihood(loaded: Any, texts: Sequence[str]) -> int:
    values = list(loaded.loglikelihood(Continuation("", text) for text in texts))
    _check(all(map(math.isfinite, values)))
    return len(values)


def _generate(loaded: Any, texts: Sequence[str]) -> int:
    return len(list(loaded.generate(Generation(text, most=_TOKENS) for text in texts[:_BATCH])))


def _translate(loaded: Any, texts: Sequence[str]) -> int:
    """Translate with the first pair of languages that the model supports."""
    from xharness.languages import LANGUAGES

    pairs = [pair for code in LANGUAGES if code != "en" for pair in (("en", code), (code, "en"))]
    for source, target in pairs:
        try:
            return len(list(loaded.translate(islice(texts, _TOKENS), source, target)))
        except BadRequest as error:
            refused = error
    raise refused


def _check(finite: bool) -> None:
    if not finite:
        raise StageError("outputs hold NaN or infinite values; download or train the checkpoint again")


# In the order in which they are tried.
_RUNS: dict[str, Callable[[Any, Sequence[str]], int]] = {
    "embed": _embed,
    "loglikelihood": _loglikelihood,
    "generate": _generate,
    "translate": _translate,
}
