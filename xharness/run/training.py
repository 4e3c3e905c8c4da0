"""The steps that make a trained checkpoint."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from xharness.errors import StageError
from xharness.metrics.base import mean
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.scoring import gold_of, headline, predictions_of
from xharness.specs.kinds import Example
from xharness.specs.models import Lesson, Lora, Mixing
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Tuning
from xharness.specs.works import Emit, Reported, Waiting
from xharness.store.artifacts import Store
from xharness.store.writing import write_json

REPORT = "report.json"
_ALL: Mapping[str, Any] = {}


def train(job: Job, context: Context, emit: Emit) -> None:
    """Train a checkpoint as the job's stage says, once for all who need it; a killed training is continued."""
    params = job.stage.params

    def work(folder: Path, method: Callable[..., Mapping[str, Any]]) -> dict[str, Any]:
        chosen = {"shots": _shots(job, context)} if "shots" in params else {}
        start = context.plan.checkpoint(job)
        done = method(
            path=context.checkpoint_path(start),
            tuning=Tuning(**params["tuning"]),
            seed=params["seed"],
            out=folder / "checkpoint",
            scratch=context.store.scratch(job.kind, job.key),
            options=context.load_options(start),
            report=lambda report: emit(Reported(dict(report))),
            **_LESSONS[job.kind](job, context, **chosen),
        )
        return {**done, **chosen}

    _make(job, context, work, emit)


def merge(job: Job, context: Context, emit: Emit) -> None:
    """Merge the checkpoints that the job's stage names, once for all who need it."""
    base, *others = (context.checkpoint_path(context.plan.jobs[key]) for key in job.needs)

    def work(folder: Path, method: Callable[..., Mapping[str, Any]]) -> dict[str, Any]:
        options = context.plan.resolved.load_options
        out = folder / "checkpoint"
        return dict(method(path=base, others=others, out=out, options=options, **job.stage.params))

    _make(job, context, work, emit)


_LACKS = {
    "finetune": "cannot fine-tune; use --recipe as-is",
    "multitask": "cannot train several tasks at once",
    "merge": "cannot merge checkpoints",
}


def _make(
    job: Job,
    context: Context,
    work: Callable[[Path, Callable[..., Mapping[str, Any]]], dict[str, Any]],
    emit: Emit,
) -> None:
    """Make the artifact of a job by the model's method of that name, in one process alone; keep what it reports."""
    store, model = context.store, context.plan.resolved.model
    if store.has(job.kind, job.key):
        return
    method = getattr(model, job.kind)
    if method is None:
        raise StageError(f"the adapter '{model.name}' {_LACKS[job.kind]}")
    with store.lock(job.kind, job.key, lambda what: emit(Waiting(what))):
        if store.has(job.kind, job.key):
            return
        began = time.time()
        with store.creating(job.kind, job.key, context.about(job)) as folder:
            done = work(folder, method)
            write_json(folder / REPORT, {**done, "seconds": time.time() - began})


def _one(job: Job, context: Context, shots: Mapping[str, list[int]] = _ALL) -> dict[str, Any]:
    """Return what is learnt of one task, in one language or several together."""
    params = job.stage.params
    return {
        "task": context.task(job.stage.refs("train")[0].task),
        "train": _rows(job, context, "train", params, shots),
        **_dev(job, context, "dev"),
        "keep_head": params.get("keep_head", False),
        **({"fresh_pooler": True} if params.get("fresh_pooler") else {}),
        **_low_rank(params),
    }


def _dev(job: Job, context: Context, role: str) -> dict[str, Any]:
    """Return the rows of dev splits, and what scores predictions of them where they choose a checkpoint."""
    refs = job.stage.refs(role)
    if not refs:
        return {"dev": None}
    task, parts = context.task(refs[0].task), [_examples(context, ref) for ref in refs]
    rows = list(chain.from_iterable(parts))
    if not task.metric_names:
        return {"dev": rows}

    def measure(found: Sequence[Mapping[str, Any]]) -> float:
        given, values = iter(found), []
        for ref, part in zip(refs, parts, strict=True):
            gold, own = gold_of(task, ref, part, None), list(islice(given, len(part)))
            values.append(headline(context.registry, task, ref.language, predictions_of(task.kind.name, own), gold))
        return mean(values)

    return {"dev": rows, "measure": measure}


def _examples(context: Context, ref: DataRef) -> list[Example]:
    return list(context.rows(ref, [ref.language]))


def _low_rank(params: Mapping[str, Any]) -> dict[str, Lora]:
    if "lora" not in params:
        return {}
    return {"lora": Lora(**{**params["lora"], "targets": tuple(params["lora"]["targets"])})}


def _several(job: Job, context: Context) -> dict[str, Any]:
    """Return what is learnt of several tasks at once, and of texts beside them."""
    params = job.stage.params
    texts = params.get("texts", {})
    views = {texts["corpus"]: texts} if texts else {}
    lessons = [
        Lesson(
            task=context.task(name),
            tuning=Tuning(**{**params["tuning"], **lengths}),
            train=_rows(job, context, f"train.{name}", views.get(name, {})),
            **_dev(job, context, f"dev.{name}"),
            share=views.get(name, {}).get("share"),
        )
        for name, lengths in sorted(params["lengths"].items())
    ]
    return {"lessons": lessons, "mixing": Mixing(**params["mixing"]), "head": params.get("head")}


_LESSONS: dict[str, Callable[..., dict[str, Any]]] = {"finetune": _one, "multitask": _several}


def _rows(
    job: Job,
    context: Context,
    role: str,
    view: Mapping[str, Any] = _ALL,
    shots: Mapping[str, list[int]] = _ALL,
) -> list[Example]:
    """Return the rows of a role: of each split the first `rows` of the view, balanced by its `exponent`.

    Of a language in `shots` the rows at those places are taken.
    """
    languages, parts = job.stage.params["languages"], []
    for ref in job.stage.refs(role):
        part = list(islice(context.rows(ref, languages), view.get("rows")))
        parts.append([part[place] for place in shots[ref.language]] if ref.language in shots else part)
    if "exponent" not in view:
        return list(chain.from_iterable(parts))
    places = balanced([len(part) for part in parts], view["exponent"], job.stage.params["seed"])
    return [part[place] for part, chosen in zip(parts, places, strict=True) for place in chosen]


def _shots(job: Job, context: Context) -> dict[str, list[int]]:
    """Return the places of the examples drawn in each language of which only a few are taken."""
    shots, refs = job.stage.params["shots"], job.stage.refs("train")
    few = shots.get("languages", [ref.language for ref in refs])
    sizes = {ref.language: len(context.load(ref)) for ref in refs if ref.language in few}
    return {code: drawn(size, shots["count"], shots["draw"]) for code, size in sizes.items()}


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


def remarks(job: Job, jobs: Mapping[str, Job], store: Store) -> list[str]:
    """Return what the trainings that a job stands on would have the readers of its scores know."""
    below = [text for key in job.needs for text in remarks(jobs[key], jobs, store)]
    own = [f"{job.kind} on {job.subject} {text}" for text in (report(job, store) or {}).get("remarks", ())]
    return list(dict.fromkeys((*below, *own)))


def report(job: Job, store: Store) -> dict[str, Any] | None:
    """Return what the trainer said of a training that is done (steps, losses, selection), None for any other job."""
    path = store.path(job.kind, job.key) / REPORT
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
