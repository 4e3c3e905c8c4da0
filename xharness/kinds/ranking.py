"""Ranking: rank the candidates of a closed pool for each query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.metrics.base import mean
from xharness.specs.kinds import Column, Example, Kind, Search, SearchInput, noised_texts
from xharness.specs.tasks import Task
from xharness.specs.ways import VECTORS

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

BEST = 20
"""The number of candidates that are saved for each query."""


def _relevant(examples: Iterable[Example]) -> list[tuple[str, list[str]]]:
    return [(example["id"], list(example["gold"])) for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return any(candidates for _, candidates in gold)


def _read(splits: Mapping[str, Dataset], limit: int | None) -> SearchInput:
    examples = splits["examples"]
    return SearchInput(
        {"queries": list(examples["query"])[:limit], "documents": list(examples["candidate"])},
        {"ids": list(examples["id"]), "gold": list(examples["gold"])},
    )


def _find(texts: SearchInput, vectors: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from xharness.engine.search import normalise, rank

    queries, documents = normalise(vectors["queries"]), normalise(vectors["documents"])
    ids: list[str] = texts.about["ids"]
    index = {name: number for number, name in enumerate(ids)}
    relevant = [[index[name] for name in names] for names in texts.about["gold"][: len(queries)]]
    best, ranks = rank(queries, documents, BEST, relevant)
    rows = [
        {"id": name, "prediction": [ids[number] for number in numbers], "ranks": found}
        for name, numbers, found in zip(ids, best.tolist(), ranks, strict=False)
    ]
    return rows, {"search": "cosine, exact", "candidates": len(ids)}


def _chance(task: Task) -> float | None:
    """Return the mean reciprocal rank of one gold candidate in random order, averaged over the pools of a task."""
    return 100 * mean(_harmonic(size) / size for size in task.sizes.values()) if task.sizes else None


def _harmonic(size: int) -> float:
    return sum(1 / rank for rank in range(1, size + 1))


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


RANKING = Kind(
    name="ranking",
    summary="rank the candidates of a closed pool for each query",
    ways=(VECTORS,),
    columns={
        "id": Column("the id of the query and of the candidate in this row"),
        "query": Column("the query", noise="usually"),
        "candidate": Column("a candidate; those of all rows are the pool"),
        "gold": Column("the ids of the candidates that are right for the query", "texts"),
    },
    gold=_relevant,
    has_gold=_has_gold,
    predictions=list,
    trial=_trial,
    noise=noised_texts("query"),
    search=Search(read=_read, find=_find, roles={"queries": "query", "documents": "document"}),
    chance=_chance,
    metrics=("mrr",),
    headline=("mrr",),
    needs_finetuning=False,
    dev="none",
    limit="queries",
    tokens=60,
)


@dataclass(frozen=True, kw_only=True)
class Ranking(Task):
    """A task of kind ranking: the candidates of all rows of a split are the pool of each of its queries."""

    kind = RANKING
    id: str = "id"
    query: str = "query"
    candidate: str = "candidate"
    gold: str = "gold"

    def column_map(self) -> Mapping[str, str]:
        """Map id, query, candidate and gold."""
        return {"id": self.id, "query": self.query, "candidate": self.candidate, "gold": self.gold}
