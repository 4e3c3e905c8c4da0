"""The step that embeds a pool of candidates, once for all cells that search it.

The vectors of a pool are one memory-mapped file, written as they are computed, so that only the disk limits its size.
An interrupted embedding is resumed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.plan import Job
from xharness.run.context import VECTORS_FILE, Context
from xharness.run.searches.roles import embedder
from xharness.run.steps.predict import load_model
from xharness.run.steps.step import Step, forward_price
from xharness.specs.kinds import Candidates
from xharness.specs.stage_params import Embed
from xharness.specs.works import Emit, Waiting
from xharness.store.writing import guarded, write_json

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

_WIDTH, _IDS = "width.json", "ids.json"
_SYNC_BYTES = 64 * 2**20
_BLOCK = 1024


def embed(job: Job, context: Context, emit: Emit) -> None:
    """Embed a pool of candidates, or resume an interrupted embedding."""
    store = context.store
    with store.lock(job.kind, job.key, lambda what: emit(Waiting(what))):
        if store.has(job.kind, job.key):
            return
        pool = [context.load(ref) for ref in job.stage.data.values()]
        scratch = store.scratch(job.kind, job.key)
        described = _write(scratch, pool, job, context, emit)
        with store.creating(job.kind, job.key, context.about(job)) as folder:
            (scratch / VECTORS_FILE).rename(folder / VECTORS_FILE)
            write_json(folder / _WIDTH, json.loads((scratch / _WIDTH).read_text("utf-8")))
            write_json(folder / _IDS, [name for part in pool for name in part["id"]])
            write_json(folder / "model.json", described)


def _write(scratch: Path, pool: list[Dataset], job: Job, context: Context, emit: Emit) -> dict[str, Any]:
    """Append the missing vectors of a pool, float32 with length 1; return the description of the model."""
    from xharness.engine.search import normalise

    model = load_model(job, context, emit)
    search = context.task(next(iter(job.stage.data.values())).task).kind.search
    embed = embedder(model, search.roles.get("candidates") if search else None)
    done = _whole_rows(scratch)
    with guarded(scratch), (scratch / VECTORS_FILE).open("ab") as file:
        unsynced = 0
        for block in embed(_texts(pool, done), max_length=job.params(Embed).max_length):
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
    """Return the number of complete vectors in the file; cut off an incomplete last one."""
    path = scratch / VECTORS_FILE
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


def read_pool(folder: Path) -> tuple[np.ndarray, Candidates]:
    """Return the vectors of a pool, mapped into memory, and its candidates."""
    import numpy as np

    ids = json.loads((folder / _IDS).read_text("utf-8"))
    width = json.loads((folder / _WIDTH).read_text("utf-8"))["width"]
    vectors = np.memmap(folder / VECTORS_FILE, dtype=np.float32, mode="r", shape=(len(ids), width))
    return vectors, Candidates(ids, {name: number for number, name in enumerate(ids)})


def _title(jobs: Sequence[Job]) -> str:
    return f"embed the candidates of {next(iter(jobs[0].stage.data.values())).task}"


EMBED = Step(params=Embed, run=embed, title=_title, price=forward_price)
