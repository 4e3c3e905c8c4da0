"""The steps of passage retrieval: the pool of candidates is embedded once, then searched for the queries of each cell.

The vectors of a pool lie in one file, written as they come and mapped into memory, so that its size is bounded by the
disk alone; a killed embedding goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.predicting import load_each, load_model, save
from xharness.specs.kinds import Candidates
from xharness.specs.stage_params import Embed, Predict
from xharness.specs.works import Emit, Waiting
from xharness.store.writing import guarded, write_json

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

_VECTORS, _WIDTH, _IDS = "vectors.f32", "width.json", "ids.json"
_SYNC_BYTES = 64 * 2**20
_BLOCK = 1024


def embed(job: Job, context: Context, emit: Emit) -> None:
    """Make the vectors of a pool of candidates, once for all who search it; a killed embedding is continued."""
    store = context.store
    with store.lock(job.kind, job.key, lambda what: emit(Waiting(what))):
        if store.has(job.kind, job.key):
            return
        pool = [context.load(ref) for ref in job.stage.data.values()]
        scratch = store.scratch(job.kind, job.key)
        described = _write(scratch, pool, job, context, emit)
        with store.creating(job.kind, job.key, context.about(job)) as folder:
            (scratch / _VECTORS).rename(folder / _VECTORS)
            write_json(folder / _WIDTH, json.loads((scratch / _WIDTH).read_text("utf-8")))
            write_json(folder / _IDS, [name for part in pool for name in part["id"]])
            write_json(folder / "model.json", described)


def _write(scratch: Path, pool: list[Dataset], job: Job, context: Context, emit: Emit) -> dict[str, Any]:
    """Append what is missing to the vectors of a pool, each of length 1, float32; return what the model says."""
    from xharness.engine.search import normalise

    model = load_model(job, context, emit)
    done = _whole_rows(scratch)
    with guarded(scratch), (scratch / _VECTORS).open("ab") as file:
        unsynced = 0
        for block in model.embed(_texts(pool, done), max_length=job.params(Embed).max_length):
            if not (scratch / _WIDTH).exists():
                write_json(scratch / _WIDTH, {"width": block.shape[1]})
            unsynced += file.write(normalise(block).tobytes())
            if unsynced >= _SYNC_BYTES:
                _sync(file)
                unsynced = 0
        _sync(file)
    return dict(model.describe())


def _sync(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _whole_rows(scratch: Path) -> int:
    """Return how many vectors lie there, a last one that was cut short taken away."""
    path = scratch / _VECTORS
    if not path.exists() or not (scratch / _WIDTH).exists():
        path.unlink(missing_ok=True)
        return 0
    row = 4 * int(json.loads((scratch / _WIDTH).read_text("utf-8"))["width"])
    rows = path.stat().st_size // row
    os.truncate(path, rows * row)
    return rows


def _texts(pool: list[Dataset], skip: int) -> Iterator[str]:
    for part in pool:
        for start in range(min(skip, len(part)), len(part), _BLOCK):
            yield from part[start : start + _BLOCK]["text"]
        skip = max(0, skip - len(part))


def predict(jobs: list[Job], context: Context, done: Callable[[Job, str | None], None], emit: Emit) -> None:
    """Rank the candidates of one pool for the queries of cells; `done(job, problem)` is called once for each."""
    loaded = load_each(jobs, context, done)
    if not loaded:
        return
    task = context.task_of(loaded[0][0])
    search = task.kind.search
    assert search is not None and search.pool is not None
    model = load_model(loaded[0][0], context, emit)
    vectors, candidates = _pool(context.store.path("embed", loaded[0][0].needs[1]))
    for job, examples in loaded:
        texts = search.read({"examples": examples}, job.params(Predict).limit)
        queries = _embedded(model, texts.texts["queries"], search.pool.query_length(task))
        texts = replace(texts, about={**texts.about, "candidates": candidates})
        rows, about = search.find(texts, {"queries": queries, "candidates": vectors})
        save(job, context, {**model.describe(), **about}, rows, expected=len(rows))
        done(job, None)


def _pool(folder: Path) -> tuple[np.ndarray, Candidates]:
    """Return the vectors of a pool, mapped into memory, and its candidates."""
    import numpy as np

    ids = json.loads((folder / _IDS).read_text("utf-8"))
    width = json.loads((folder / _WIDTH).read_text("utf-8"))["width"]
    vectors = np.memmap(folder / _VECTORS, dtype=np.float32, mode="r", shape=(len(ids), width))
    return vectors, Candidates(ids, {name: number for number, name in enumerate(ids)})


def _embedded(model: Any, texts: list[str], max_length: int) -> np.ndarray:
    import numpy as np

    return np.concatenate(list(model.embed(iter(texts), max_length=max_length)))
