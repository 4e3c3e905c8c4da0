"""Predict by searching one pool of embedded candidates for the queries of each cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.steps.effective import effective
from xharness.run.steps.embed import read_pool
from xharness.run.steps.predict import load_each, load_model, save
from xharness.specs.stage_params import Predict
from xharness.specs.works import Emit

if TYPE_CHECKING:
    import numpy as np


def predict(jobs: list[Job], context: Context, done: Callable[[Job, str | None], None], emit: Emit) -> None:
    """Rank the candidates of a pool for the queries of each job; call `done(job, problem)` once per job."""
    loaded = load_each(jobs, context, done)
    if not loaded:
        return
    task = context.task_of(loaded[0][0])
    search = task.kind.search
    assert search is not None and search.pool is not None
    model = load_model(loaded[0][0], context, emit)
    vectors, candidates = read_pool(context.store.path("embed", loaded[0][0].needs[1]))
    for job, examples in loaded:
        texts = search.read({"examples": examples}, job.params(Predict).limit)
        queries = _embedded(model, texts.texts["queries"], search.pool.query_length(task))
        texts = replace(texts, about={**texts.about, "candidates": candidates})
        rows, about = search.find(texts, {"queries": queries, "candidates": vectors})
        save(job, context, {**model.describe(), **about, **effective(job, context, model)}, rows, expected=len(rows))
        done(job, None)


def _embedded(model: Any, texts: list[str], max_length: int) -> np.ndarray:
    import numpy as np

    return np.concatenate(list(model.embed(iter(texts), max_length=max_length)))
