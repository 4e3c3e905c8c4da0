"""Evaluate a model from Python, and read finished runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from xharness.api.live import on_disk
from xharness.api.result import Result
from xharness.api.running import default_folder, open_store, plan
from xharness.errors import BadRequest, unknown
from xharness.model_lookup import Found
from xharness.registry import Registry
from xharness.request import DEFAULT_RECIPE, NAMES, Request, build
from xharness.run.progress import Progress, progress
from xharness.run.runner import Runner
from xharness.specs.models import LoadOptions
from xharness.store.artifacts import Store
from xharness.store.writable import check_writable

_LISTS = frozenset(entry.name for entry in fields(Request) if entry.type == "tuple[str, ...]")
_OWN = ("out", "tokenizer", "registry", "store", "display")


class Settings(TypedDict, total=False):
    """Further settings of `evaluate`: the fields of `Request`, and where and how the run is done.

    `registry` are the loaded plugins, `store` is the folder of the store, `display` shows the progress.
    """

    suite: str
    families: Sequence[str]
    scripts: Sequence[str]
    seen: bool
    params: Mapping[str, Any]
    source: str
    data: str | Path
    offline: bool
    split: str
    seeds: Sequence[int]
    noises: Sequence[str]
    noise_seeds: Sequence[int]
    noise_columns: Sequence[str]
    way: str
    prompt: str
    shots: int
    shot_draw: int
    limit: int
    device: str
    dtype: str
    exact: bool
    executor: str
    workers: int
    keep_checkpoints: bool
    allow_pickle: bool
    allow_remote_code: bool
    confirm_run_unsafe_code: bool
    plugins: Sequence[str]
    registry: Registry
    store: str | Path
    display: Progress


def evaluate(
    model: Any,
    *,
    tasks: str | Sequence[str] = (),
    languages: str | Sequence[str] = (),
    recipe: str = DEFAULT_RECIPE,
    tokenizer: Any = None,
    out: str | Path | None = None,
    **settings: Unpack[Settings],
) -> Result:
    """Evaluate a model on tasks and languages, and return its result: `evaluate("xlm-roberta-base", tasks="xnli")`.

    `model` is a hub id, a folder, `adapter:reference`, or a model object: a `PreTrainedModel` with its `tokenizer`, or
    a `SentenceTransformer`. Without `tasks` and `suite` the suite is XTREME; without `languages` all languages of each
    task are evaluated. `out` is the folder of the run (default: below runs/, named after the request). Further settings
    are the fields of `Request`: `params={"epochs": 1}`, `seeds=[1, 2]`, `noises=["typo_keyboard:3"]`, `limit=100`.

    A model object is identified by a SHA-256 digest of its weights, configuration and tokenizer as `save_pretrained`
    writes them, the same as that of a folder with these files. This writes the weights to the disk of the store once in
    each call, reads them to compute the digest, and loads them again for inference, so disk and memory need space for a
    second copy; the files are deleted at the end of the call. Scores and cached work are those of the saved folder.
    Weights that `from_pretrained` has newly initialised, such as a pooler, are part of the digest. The number format is
    that of `dtype`, not that of the object.

    After an interruption (Ctrl-C), the same call continues where it stopped. The failure of a cell is recorded in the
    result (`failures`), not raised. Raises BadRequest before any work, and StoreError if something cannot be saved.
    """
    registry, store = settings.pop("registry", None), settings.pop("store", None)
    display = settings.pop("display", None)
    for name in settings:
        if name not in NAMES:
            raise unknown("argument", name, [*NAMES, *_OWN])
    given = {**settings, "tasks": tasks, "languages": languages, "recipe": recipe, "model": "any"}
    draft = build({name: _plain(name, value) for name, value in given.items()})
    known = registry or Registry.load(draft.plugins)
    if out is not None:
        check_writable("out", out)
    opened = open_store(store)
    with _found(model, tokenizer, opened, known, draft) as (reference, models):
        request = replace(draft, model=reference)
        folder = check_writable("out", out or default_folder(request))
        content = Runner(plan(request, known, models), known, opened, folder, display or progress()).run()
    return Result(folder, content)


def load(path: str | Path) -> Result:
    """Read the result of a run from its folder or its results.json.

    BadRequest if it is not the folder of a run, or its schema has another version.
    """
    return Result.read(path)


@contextmanager
def _found(
    model: Any, tokenizer: Any, store: Store, registry: Registry, draft: Request
) -> Iterator[tuple[str, Mapping[str, Found]]]:
    """Yield the reference of a model, and what is known of a model object."""
    if isinstance(model, str | os.PathLike):
        if tokenizer is not None:
            raise BadRequest("tokenizer: only for a model object; a checkpoint has its own tokenizer")
        yield os.fspath(model), {}
        return
    options = LoadOptions(allow_remote_code=draft.allow_remote_code)
    with on_disk(model, tokenizer, store, registry, options) as found:
        yield found


def _plain(name: str, value: Any) -> Any:
    """Return the value of a field of a request: one name for a list of names, a tuple for other sequences."""
    if isinstance(value, str):
        return (value,) if name in _LISTS else value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return tuple(value) if isinstance(value, Sequence) else value
