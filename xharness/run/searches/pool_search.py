"""Predict by searching one pool of embedded candidates for the queries of each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.isolation import Finished, isolated
from xharness.run.searches.roles import embedder
from xharness.run.steps.effective import effective
from xharness.run.steps.embed import read_pool
from xharness.run.steps.predict import load_each, load_model, save
from xharness.specs.stage_params import Predict
from xharness.specs.works import Emit

if TYPE_CHECKING:
    from datasets import Dataset


def predict(jobs: list[Job], context: Context, done: Finished, emit: Emit) -> None:
    """Rank the candidates of a pool for the queries of each job."""
    import numpy as np

    loaded = load_each(jobs, context, done)
    if not loaded:
        return
    task = context.task_of(loaded[0][0])
    search = task.kind.search
    assert search is not None and search.pool is not None
    model = load_model(loaded[0][0], context, emit)
    embed = embedder(model, search.roles.get("queries"))
    vectors, candidates = read_pool(context.store.path("embed", loaded[0][0].needs[1]))
    length = search.pool.query_length(task)

    def rank(part: Sequence[tuple[Job, Dataset]]) -> Iterator[Job]:
        for job, examples in part:
            texts = search.read({"examples": examples}, job.params(Predict).limit)
            queries = np.concatenate(list(embed(iter(texts.texts["queries"]), max_length=length)))
            texts = replace(texts, about={**texts.about, "candidates": candidates})
            rows, about = search.find(texts, {"queries": queries, "candidates": vectors})
            described = {**model.describe(), **about, **effective(job, context, model)}
            save(job, context, partial(dict, described), rows, expected=len(rows))
            yield job

    for (job, _), error in isolated(loaded, rank):
        done(job, error)
