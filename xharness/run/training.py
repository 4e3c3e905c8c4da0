"""The steps that make a trained checkpoint."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from xharness.errors import StageError
from xharness.plan import Job
from xharness.run.context import Context
from xharness.specs.kinds import Example
from xharness.specs.models import Lesson, Mixing
from xharness.specs.tasks import Tuning
from xharness.store.artifacts import Store
from xharness.store.writing import write_json

REPORT = "report.json"


def train(job: Job, context: Context) -> None:
    """Train a checkpoint as the job's stage says, once for all who need it; a killed training is continued."""
    params = job.stage.params

    def work(folder: Path, method: Callable[..., Mapping[str, Any]]) -> dict[str, Any]:
        chosen = {"shots": _shots(job, context)} if "shots" in params else {}
        done = method(
            path=context.checkpoint_path(context.plan.checkpoint(job)),
            tuning=Tuning(**params["tuning"]),
            seed=params["seed"],
            out=folder / "checkpoint",
            scratch=context.store.scratch(job.kind, job.key),
            options=context.plan.resolved.load_options,
            report=context.on_train,
            **_LESSONS[job.kind](job, context, **chosen),
        )
        return {**done, **chosen}

    _make(job, context, work)


def merge(job: Job, context: Context) -> None:
    """Merge the checkpoints that the job's stage names, once for all who need it."""
    base, *others = (context.checkpoint_path(context.plan.jobs[key]) for key in job.needs)

    def work(folder: Path, method: Callable[..., Mapping[str, Any]]) -> dict[str, Any]:
        options = context.plan.resolved.load_options
        out = folder / "checkpoint"
        return dict(method(path=base, others=others, out=out, options=options, **job.stage.params))

    _make(job, context, work)


_LACKS = {
    "finetune": "cannot fine-tune; use --recipe as-is",
    "multitask": "cannot train several tasks at once",
    "merge": "cannot merge checkpoints",
}


def _make(job: Job, context: Context, work: Callable[[Path, Callable[..., Mapping[str, Any]]], dict[str, Any]]) -> None:
    """Make the artifact of a job by the model's method of that name, in one process alone; keep what it reports."""
    store, model = context.store, context.plan.resolved.model
    if store.has(job.kind, job.key):
        return
    method = getattr(model, job.kind)
    if method is None:
        raise StageError(f"the adapter '{model.name}' {_LACKS[job.kind]}")
    with store.lock(job.kind, job.key, context.on_wait):
        if store.has(job.kind, job.key):
            return
        began = time.time()
        with store.creating(job.kind, job.key, context.about(job)) as folder:
            done = work(folder, method)
            write_json(folder / REPORT, {**done, "seconds": time.time() - began})


def _one(job: Job, context: Context, shots: list[int] | None = None) -> dict[str, Any]:
    """Return what is learnt of one task, in one language or several together."""
    train = _rows(job, context, "train")
    return {
        "task": context.task(job.stage.refs("train")[0].task),
        "train": train if shots is None else [train[place] for place in shots],
        "dev": _rows(job, context, "dev") if "dev" in job.stage.data else None,
        "keep_head": job.stage.params.get("keep_head", False),
    }


def _several(job: Job, context: Context) -> dict[str, Any]:
    """Return what is learnt of several tasks at once."""
    params = job.stage.params
    lessons = [
        Lesson(
            task=context.task(name),
            tuning=Tuning(**{**params["tuning"], **lengths}),
            train=_rows(job, context, f"train.{name}"),
            dev=_rows(job, context, f"dev.{name}") if f"dev.{name}" in job.stage.data else None,
        )
        for name, lengths in sorted(params["lengths"].items())
    ]
    return {"lessons": lessons, "mixing": Mixing(**params["mixing"]), "head": params.get("head")}


_LESSONS: dict[str, Callable[..., dict[str, Any]]] = {"finetune": _one, "multitask": _several}


def _rows(job: Job, context: Context, role: str) -> list[Example]:
    params = job.stage.params
    parts = [list(context.rows(ref, params["languages"])) for ref in job.stage.refs(role)]
    if role != "train" or "exponent" not in params:
        return list(chain.from_iterable(parts))
    places = balanced([len(part) for part in parts], params["exponent"], params["seed"])
    return [part[place] for part, chosen in zip(parts, places, strict=True) for place in chosen]


def _shots(job: Job, context: Context) -> list[int]:
    size = sum(len(context.load(ref)) for ref in job.stage.refs("train"))
    return drawn(size, **job.stage.params["shots"])


def drawn(size: int, count: int, draw: int) -> list[int]:
    """Return the places of `count` of `size` examples, in order; StageError where there are fewer.

    They depend on the numbers alone, in every version of Python: only the sequence of `random()` is sure to stay.
    """
    if count > size:
        raise StageError(f"{count} examples are to be drawn where there are {size}; use --param shots={size} or fewer")
    return _some(size, count, f"{count}:{draw}")


def _some(size: int, count: int, seed: str) -> list[int]:
    rng = random.Random(seed)
    places = [rng.random() for _ in range(size)]
    return sorted(sorted(range(size), key=places.__getitem__)[:count])


def balanced(sizes: Sequence[int], exponent: float, seed: int) -> list[list[int]]:
    """Return the places of the examples that each of several parts of n examples gives, in order.

    Together they are as many as all parts have; a part's share is in proportion to n ** exponent (Conneau et al. 2020,
    section 3.1, with 0.3 for texts). A part with too few gives all of them again, as often as is needed.
    """
    total, weights = sum(sizes), [size**exponent for size in sizes]
    shares = [max(1, round(total * weight / sum(weights))) for weight in weights]
    found = []
    for number, (size, share) in enumerate(zip(sizes, shares, strict=True)):
        rounds, rest = divmod(share, size)
        found.append(sorted([*range(size)] * rounds + _some(size, rest, f"{seed}:{number}")))
    return found


def report(job: Job, store: Store) -> dict[str, Any] | None:
    """Return what the trainer said of a training that is done (steps, losses, selection), None for any other job."""
    path = store.path(job.kind, job.key) / REPORT
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
