"""The steps that predict by nearest neighbours: texts of all cells are embedded in one stream, then searched.

The texts of a cell are read again where they are needed, so that memory is bounded by one cell's texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness.errors import DataError
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.predicting import load_model, save
from xharness.run.vectors import VectorPool
from xharness.specs.works import Emit
from xharness.store.keys import key_of

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

LAYER = "layer"
"""The parameter of adapters that read vectors from a hidden layer, and what they call it in their description."""


@dataclass(frozen=True)
class _Pools:
    """The texts of a cell, by role, and what its kind needs beside them."""

    texts: Mapping[str, list[str]]
    about: Mapping[str, Any]


def predict(jobs: list[Job], context: Context, done: Callable[[Job, str | None], None], emit: Emit) -> None:
    """Embed and search the cells of jobs that share a checkpoint; `done(job, problem)` hears of each once."""
    readable = []
    for job in jobs:
        try:
            _read(job, context)
            readable.append(job)
        except DataError as error:
            done(job, str(error))
    if not readable:
        return
    model = load_model(readable[0], context, emit)
    pool = VectorPool(context.store.root / "vectors" / vectors_key(readable[0], model.describe()))
    groups = ([text for texts in _read(job, context).texts.values() for text in texts] for job in readable)
    for number in pool.encode(groups, model.embed):
        job = readable[number]
        rows, described = _searched(job, context, pool)
        save(job, context, {**model.describe(), **described}, rows, expected=None)
        done(job, None)


def embed_layers(jobs: Mapping[int, list[Job]], context: Context, emit: Emit) -> None:
    """Embed the texts of one checkpoint's jobs from several hidden layers in one pass, for `predict` to search in.

    `jobs` holds those of each layer, the first of them all. Nothing is done where the adapter reads one layer at a
    time: `predict` then embeds by itself.
    """
    first = next(iter(jobs.values()))
    model = load_model(_of_layer(first[0], context.plan.resolved.info.layers), context, emit)
    if not hasattr(model, "embed_layers"):
        return
    described, root = model.describe(), context.store.root / "vectors"
    pools = [VectorPool(root / vectors_key(own[0], {**described, LAYER: layer})) for layer, own in jobs.items()]
    texts = dict.fromkeys(text for job in first for each in _read(job, context).texts.values() for text in each)
    missing = [text for text in texts if any(pool.lacks(text) for pool in pools)]
    done = 0
    for block in model.embed_layers(iter(missing), list(jobs)):
        some = missing[done : done + len(block)]
        done += len(block)
        for place, pool in enumerate(pools):
            pool.put(some, block[:, place])


def _of_layer(job: Job, layer: int) -> Job:
    params = {**job.stage.params["params"], LAYER: layer}
    return replace(job, stage=replace(job.stage, params={**job.stage.params, "params": params}))


def _read(job: Job, context: Context) -> _Pools:
    return _READ[job.stage.params["kind"]](job, context)


def _searched(job: Job, context: Context, pool: VectorPool) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    pools = _read(job, context)
    # Not in the scratch folder, which another process that makes the same predictions may remove.
    with context.store.temporary() as folder:
        vectors = {role: pool.matrix(texts, folder / f"{role}.npy") for role, texts in pools.texts.items()}
        return _SEARCH[job.stage.params["kind"]](pools, vectors)


def vectors_key(job: Job, described: Mapping[str, Any]) -> str:
    """Return the name of the folder that holds the vectors that a job searches in, made as a model describes."""
    params = job.stage.params
    settings = {"params": params["params"], "dtype": params["dtype"], "exact": params["exact"]}
    how = {name: described[name] for name in (LAYER, "pooling", "max_length") if name in described}
    return key_of("embed", 1, settings | {"how": how}, [job.needs[0]], {})


def _read_pairs(job: Job, context: Context) -> _Pools:
    examples = context.load(job.stage.data["examples"])
    limit = job.stage.params["limit"]
    queries = list(examples["query"])[:limit]
    return _Pools({"queries": queries, "documents": list(examples["document"])}, {})


def _search_pairs(pools: _Pools, vectors: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from xharness.engine.search import nearest, normalise

    queries, documents = normalise(vectors["queries"]), normalise(vectors["documents"])
    _, forward = nearest(queries, documents, 1)
    first = _first(pools.texts["documents"])
    rows: list[dict[str, Any]] = [{"prediction": first[index]} for index in forward[:, 0]]
    if len(queries) == len(documents):
        _, backward = nearest(documents, queries, 1)
        first = _first(pools.texts["queries"])
        for row, index in zip(rows, backward[:, 0], strict=True):
            row["reverse"] = first[index]
    return rows, {"search": "cosine, 1 nearest neighbour, exact"}


def _first(texts: list[str]) -> list[int]:
    """Return for each position the first with the same text, so that a tie of equal texts is always broken alike."""
    places: dict[str, int] = {}
    return [places.setdefault(text, position) for position, text in enumerate(texts)]


def _sides(
    examples: Dataset, limit: int | None
) -> tuple[dict[str, list[str]], dict[str, list[str]], set[tuple[str, str]]]:
    ids: dict[str, list[str]] = {"source": [], "target": []}
    texts: dict[str, list[str]] = {"source": [], "target": []}
    gold: set[tuple[str, str]] = set()
    for row in examples:
        side = row["side"]
        if limit is not None and len(ids[side]) >= limit:
            continue
        ids[side].append(row["id"])
        texts[side].append(row["text"])
        gold.update((row["id"], other) for other in row["gold"] or ())
    return ids, texts, gold


def _read_mining(job: Job, context: Context) -> _Pools:
    limit = job.stage.params["limit"]
    texts: dict[str, list[str]] = {}
    about: dict[str, Any] = {}
    for role, ref in job.stage.data.items():
        ids, sides, gold = _sides(context.load(ref), limit)
        about[role] = (ids, gold)
        texts |= {f"{role}.{side}": found for side, found in sides.items()}
    if not about["dev"][1]:
        ref = job.stage.data["dev"]
        raise DataError(f"{ref.task} {ref.language} dev: no gold pairs, so no threshold can be tuned")
    return _Pools(texts, about)


def _search_mining(pools: _Pools, vectors: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from xharness.engine.mining import extract, mine, tune_threshold

    found = {}
    for role, (ids, _) in pools.about.items():
        found[role] = mine(
            ids["source"],
            pools.texts[f"{role}.source"],
            vectors[f"{role}.source"],
            ids["target"],
            pools.texts[f"{role}.target"],
            vectors[f"{role}.target"],
        )
    threshold = tune_threshold(found["dev"], pools.about["dev"][1])
    rows = [
        {"source": source, "target": target, "score": float(score)}
        for source, target, score in extract(found["examples"], threshold)
    ]
    return rows, {"search": "ratio margin, k 4, max", "threshold": float(threshold)}


_READ: Mapping[str, Callable[[Job, Context], _Pools]] = {
    "bitext-retrieval": _read_pairs,
    "bitext-mining": _read_mining,
}
_SEARCH: Mapping[str, Callable[[_Pools, Mapping[str, Any]], tuple[list[dict[str, Any]], dict[str, Any]]]] = {
    "bitext-retrieval": _search_pairs,
    "bitext-mining": _search_mining,
}
