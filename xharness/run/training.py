"""The step that makes a fine-tuned checkpoint."""

from __future__ import annotations

import json
import random
import time
from itertools import chain
from typing import Any

from xharness.errors import StageError
from xharness.plan import Job
from xharness.run.context import Context
from xharness.specs.tasks import Tuning
from xharness.store.artifacts import Store
from xharness.store.writing import write_json

REPORT = "report.json"


def finetune(job: Job, context: Context) -> None:
    """Fine-tune a checkpoint as the job's stage says, once for all who need it; a killed training is continued."""
    store, resolved = context.store, context.plan.resolved
    if store.has(job.kind, job.key):
        return
    if resolved.model.finetune is None:
        raise StageError(f"the adapter '{resolved.model.name}' cannot fine-tune; use --recipe as-is")
    start = context.plan.checkpoint(job)
    stage, params = job.stage, job.stage.params
    refs, languages, shots = stage.refs("train"), params["languages"], params.get("shots")
    about: dict[str, Any] = {"params": dict(params), "inputs": list(job.needs), "data": dict(job.data)}
    with store.lock(job.kind, job.key, context.on_wait):
        if store.has(job.kind, job.key):
            return
        began = time.time()
        train = list(chain.from_iterable(context.rows(ref, languages) for ref in refs))
        chosen = {"shots": drawn(len(train), **shots)} if shots else {}
        if chosen:
            train = [train[place] for place in chosen["shots"]]
        with store.creating(job.kind, job.key, about) as folder:
            done = resolved.model.finetune(
                path=context.checkpoint_path(start),
                task=context.task(refs[0].task),
                tuning=Tuning(**params["tuning"]),
                seed=params["seed"],
                train=train,
                dev=list(context.rows(stage.data["dev"], languages)) if "dev" in stage.data else None,
                out=folder / "checkpoint",
                scratch=store.scratch(job.kind, job.key),
                options=resolved.load_options,
                report=context.on_train,
                keep_head=params.get("keep_head", False),
            )
            write_json(folder / REPORT, {**done, **chosen, "seconds": time.time() - began})


def drawn(size: int, count: int, draw: int) -> list[int]:
    """Return the places of `count` of `size` examples, in order; StageError where there are fewer.

    They depend on the numbers alone, in every version of Python: only the sequence of `random()` is sure to stay.
    """
    if count > size:
        raise StageError(f"{count} examples are to be drawn where there are {size}; use --param shots={size} or fewer")
    rng = random.Random(f"{count}:{draw}")
    places = [rng.random() for _ in range(size)]
    return sorted(sorted(range(size), key=places.__getitem__)[:count])


def report(job: Job, store: Store) -> dict[str, Any] | None:
    """Return what the trainer said of a training that is done (steps, losses, selection), None for any other job."""
    path = store.path(job.kind, job.key) / REPORT
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
