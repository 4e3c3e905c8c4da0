"""Passage retrieval: rank the candidates that answer a query, in one pool of all languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness.kinds.shuffling import shuffled_column
from xharness.specs.kinds import Column, Example, Kind, Pool, Search, SearchInput, noised_texts
from xharness.specs.sources import CANDIDATES
from xharness.specs.tasks import Task, Tuning
from xharness.specs.ways import VECTORS

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

BEST = 20
"""The number of candidates that are saved per query."""
RANKED = 2**17
"""The maximum size of a pool that is ranked completely, so that the ranks of all gold candidates are known."""
# Average length of candidates relative to the maximum: 200 of 256 tokens in LAReQA, 50 of 64 in Mewsli-X.
_FILLED = 0.8
_QUERY_TOKENS = 40


def _relevant(examples: Iterable[Example]) -> list[tuple[str, list[str]]]:
    return [(example["id"], list(example["gold"])) for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return any(candidates for _, candidates in gold)


def _read(splits: Mapping[str, Dataset], limit: int | None) -> SearchInput:
    queries = splits["examples"][:limit]
    return SearchInput({"queries": queries["text"]}, {"ids": queries["id"], "gold": queries["gold"]})


def _find(texts: SearchInput, vectors: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from xharness.engine.search import nearest, normalise, rank

    queries, candidates = normalise(vectors["queries"]), vectors["candidates"]
    ids, index = texts.about["candidates"].ids, texts.about["candidates"].index
    ranks: Sequence[list[int] | None] = [None] * len(queries)
    if len(ids) <= RANKED:
        relevant = [[index[name] for name in names if name in index] for names in texts.about["gold"]]
        best, ranks = rank(queries, candidates, BEST, relevant)
    else:
        _, best = nearest(queries, candidates, BEST)
    rows = [
        {"id": name, "prediction": [ids[number] for number in numbers], "ranks": gold_ranks}
        for name, numbers, gold_ranks in zip(texts.about["ids"], best.tolist(), ranks, strict=True)
    ]
    return rows, {"search": "cosine, exact", "candidates": len(ids)}


def _own(task: Task) -> PassageRetrieval:
    assert isinstance(task, PassageRetrieval)
    return task


def _settings(task: Task) -> Mapping[str, Any]:
    return {"query_length": _own(task).query_length}


def _train_settings(task: Task) -> Mapping[str, Any]:
    return {"query_length": _own(task).query_length, "candidate_length": _own(task).candidate_length}


def _cost(task: Task, split: str) -> int:
    candidate = round(_FILLED * _own(task).candidate_length)
    return {CANDIDATES: candidate, "train": _QUERY_TOKENS + candidate}.get(split, _QUERY_TOKENS)


def _trial(task: Task, examples: Sequence[Example], right: bool) -> list[dict[str, Any]]:
    """Return the gold candidates first; wrong is a list without them, in which they have the last ranks."""
    last = 0 if right else len(examples)
    return [
        {
            "id": name,
            "prediction": names if right else [],
            "ranks": [last + rank for rank, _ in enumerate(dict.fromkeys(names), start=1)],
        }
        for name, names in _relevant(examples)
    ]


PASSAGE_RETRIEVAL = Kind(
    name="passage-retrieval",
    summary="rank the candidates that answer a query, in one pool of all languages",
    ways=(VECTORS,),
    columns={
        "id": Column("the id of the query, or of the candidate"),
        "text": Column("the query, or the candidate", noise="usually"),
        "gold": Column("the ids of the candidates that answer the query (empty for candidates)", "texts"),
        "positive": Column("the text of a candidate that answers the query (training queries only)", optional=True),
    },
    gold=_relevant,
    has_gold=_has_gold,
    predictions=list,
    trial=_trial,
    noise=noised_texts("text"),
    shuffle=shuffled_column("positive"),
    search=Search(
        read=_read,
        find=_find,
        pool=Pool(
            languages=lambda task: _own(task).pool,
            size=lambda task: _own(task).pool_size,
            query_length=lambda task: _own(task).query_length,
            candidate_length=lambda task: _own(task).candidate_length,
        ),
        roles={"queries": "query", "candidates": "document"},
    ),
    settings=_settings,
    train_settings=_train_settings,
    metrics=("map_at_20", "map"),
    headline=("map@20",),
    dev="none",
    limit="queries",
    tokens=_QUERY_TOKENS,
    cost=_cost,
)


@dataclass(frozen=True, kw_only=True)
class PassageRetrieval(Task):
    """A task of kind passage-retrieval.

    The pool is the concatenation of the splits `candidates` of the languages `pools`, by default all languages of the
    task. `pool_size` is the official number of candidates. Queries are cut to `query_length` tokens, candidates to
    `candidate_length`.
    """

    kind = PASSAGE_RETRIEVAL
    tuning: Tuning = field(default_factory=lambda: Tuning(epochs=3, batch_size=16, max_length=256, selection="last"))
    pools: tuple[str, ...] = ()
    pool_size: int = 0
    query_length: int = 96
    candidate_length: int = 256

    @property
    def pool(self) -> tuple[str, ...]:
        """Return the languages of the pool."""
        return self.pools or self.languages

    def size_of(self, language: str, split: str) -> int:
        """Return the official number of examples of a split; for candidates, an equal share of the pool."""
        return self.pool_size // len(self.pool) if split == CANDIDATES else super().size_of(language, split)
