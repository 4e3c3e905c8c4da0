"""Predict by nearest neighbours: embed the texts of all cells in one stream, then search cell by cell.

The texts of a cell are read again when they are needed, so that memory is bounded by the texts of one cell.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from xharness.errors import DataError
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.isolation import Finished, caught, isolated
from xharness.run.searches.roles import embedder, knows_roles
from xharness.run.searches.vectors import VectorPool
from xharness.run.steps.effective import effective
from xharness.run.steps.predict import inputs_of, load_model, save
from xharness.specs.kinds import Search, SearchInput
from xharness.specs.stage_params import Predict
from xharness.specs.works import Emit
from xharness.store.keys import key_of
from xharness.store.pruning import vectors_for

_Pools = dict[str | None, VectorPool]

LAYER = "layer"
"""The parameter, and key of the description, of adapters that read vectors from a hidden layer."""


def predict(jobs: list[Job], context: Context, done: Finished, emit: Emit) -> None:
    """Embed and search the cells of jobs that share a checkpoint."""
    readable = []
    for job in jobs:
        error = caught(partial(_read, job, context))
        if error:
            done(job, error)
        else:
            readable.append(job)
    if not readable:
        return
    model = load_model(readable[0], context, emit)
    pools = _pools(readable, context, model)

    def search(part: Sequence[Job]) -> Iterator[Job]:
        *others, last = pools
        for role in others:
            deque(pools[role].encode(_groups(part, context, pools, role), embedder(model, role)), maxlen=0)
        for number in pools[last].encode(_groups(part, context, pools, last), embedder(model, last)):
            job = part[number]
            rows, described = _searched(job, context, pools)
            described = {**model.describe(), **described, **effective(job, context, model)}
            save(job, context, partial(dict, described), rows, expected=None)
            yield job

    for job, error in isolated(readable, search):
        done(job, error)


def _pools(jobs: Sequence[Job], context: Context, model: Any) -> _Pools:
    """Return the vectors of each role that texts of the jobs have and the model knows, those without a role last."""
    roles = (
        sorted({role for job in jobs for role in _search(job, context).roles.values()}) if knows_roles(model) else []
    )
    described = model.describe()
    return {role: _pool(jobs, context, vectors_key(jobs[0], described, role)) for role in (*roles, None)}


def _pool(jobs: Sequence[Job], context: Context, name: str) -> VectorPool:
    """Return the vectors that some jobs read, which are deleted once the predictions of all of them are stored."""
    keep = context.plan.resolved.request.keep_checkpoints
    return VectorPool(vectors_for(context.store, name, [job.key for job in jobs], keep=keep))


def _pool_of(pools: _Pools, search: Search, side: str) -> VectorPool:
    return pools.get(search.roles.get(side)) or pools[None]


def _groups(jobs: Sequence[Job], context: Context, pools: _Pools, role: str | None) -> Iterator[list[str]]:
    """Yield the texts of each job whose vectors belong to a role."""
    for job in jobs:
        search, sides = _search(job, context), _read(job, context).texts.items()
        yield [text for side, texts in sides if _pool_of(pools, search, side) is pools[role] for text in texts]


def embed_layers(jobs: Mapping[int, list[Job]], context: Context, emit: Emit) -> None:
    """Embed the texts of one checkpoint's jobs from several hidden layers in one pass; `predict` uses the vectors.

    `jobs` holds the jobs of each layer; the first layer must have all cells. If the adapter reads only one layer at a
    time, nothing is done and `predict` embeds the texts.
    """
    first = next(iter(jobs.values()))
    model = load_model(_of_layer(first[0], context.plan.resolved.info.layers), context, emit)
    if not hasattr(model, "embed_layers"):
        return
    described = model.describe()
    pools = [_pool(own, context, vectors_key(own[0], {**described, LAYER: layer})) for layer, own in jobs.items()]
    texts = dict.fromkeys(text for job in first for each in _read(job, context).texts.values() for text in each)
    missing = [text for text in texts if any(pool.lacks(text) for pool in pools)]
    done = 0
    for block in model.embed_layers(iter(missing), list(jobs)):
        some = missing[done : done + len(block)]
        done += len(block)
        for index, pool in enumerate(pools):
            pool.put(some, block[:, index])


def _of_layer(job: Job, layer: int) -> Job:
    params = job.params(Predict)
    loading = replace(params.loading, params={**params.loading.params, LAYER: layer})
    return replace(job, stage=replace(job.stage, params=replace(params, loading=loading)))


def _read(job: Job, context: Context) -> SearchInput:
    """Return the texts of a cell; DataError if its data cannot be read or searched."""
    others = {role: context.load(ref) for role, ref in job.stage.data.items() if role not in ("examples", "inputs")}
    splits = {"examples": inputs_of(job, context), **others}
    try:
        return _search(job, context).read(splits, job.params(Predict).limit)
    except DataError as error:
        ref = job.stage.data["examples"]
        raise DataError(f"{ref.task} {ref.language} {error}") from error


def _search(job: Job, context: Context) -> Search:
    search = context.task_of(job).kind.search
    assert search is not None
    return search


def _searched(job: Job, context: Context, pools: _Pools) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    texts, search = _read(job, context), _search(job, context)
    # Not in the scratch folder: another process that makes the same predictions may remove it.
    with context.store.temporary() as folder:
        vectors = {
            side: _pool_of(pools, search, side).matrix(part, folder / f"{side}.npy")
            for side, part in texts.texts.items()
        }
        return search.find(texts, vectors)


def vectors_key(job: Job, described: Mapping[str, Any], role: str | None = None) -> str:
    """Return the name of the folder with the vectors of a job and role; `described` is the description of its model."""
    loading = job.params(Predict).loading
    settings = {"params": loading.params, "dtype": loading.dtype, "exact": loading.exact}
    how = {name: described[name] for name in (LAYER, "pooling", "max_length") if name in described}
    how |= {"role": role} if role else {}
    return key_of("embed", 1, settings | {"how": how}, [job.needs[0]], {})
