"""Bitext retrieval: find the translation of each sentence among the sentences of another language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.specs.kinds import Column, Example, Kind, Search, SearchInput, noised_texts
from xharness.specs.tasks import Task
from xharness.specs.ways import VECTORS

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset


def _lines(examples: Iterable[Example]) -> list[int]:
    return [example["gold"] for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return not any(line < 0 for line in gold)


def _read(splits: Mapping[str, Dataset], limit: int | None) -> SearchInput:
    examples = splits["examples"]
    return SearchInput({"queries": list(examples["query"])[:limit], "documents": list(examples["document"])})


def _find(texts: SearchInput, vectors: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from xharness.engine.search import nearest, normalise

    queries, documents = normalise(vectors["queries"]), normalise(vectors["documents"])
    _, forward = nearest(queries, documents, 1)
    first = _first(texts.texts["documents"])
    rows: list[dict[str, Any]] = [{"prediction": first[index]} for index in forward[:, 0]]
    if len(queries) == len(documents):
        _, backward = nearest(documents, queries, 1)
        first = _first(texts.texts["queries"])
        for row, index in zip(rows, backward[:, 0], strict=True):
            row["reverse"] = first[index]
    return rows, {"search": "cosine, 1 nearest neighbour, exact"}


def _first(texts: list[str]) -> list[int]:
    """Return for each index the first index with an equal text, so that ties are always broken in the same way."""
    firsts: dict[str, int] = {}
    return [firsts.setdefault(text, index) for index, text in enumerate(texts)]


def _trial(task: Task, examples: Sequence[Example], right: bool) -> list[dict[str, Any]]:
    """Return the line of each translation; wrong is another line."""
    gold, size = _lines(examples), len(examples)
    query = {line: number for number, line in enumerate(gold)}
    shift = 0 if right else 1
    return [
        {"prediction": (line + shift) % size, "reverse": (query.get(number, number) + shift) % size}
        for number, line in enumerate(gold)
    ]


BITEXT_RETRIEVAL = Kind(
    name="bitext-retrieval",
    summary="find the translation of each sentence among the sentences of another language",
    ways=(VECTORS,),
    columns={
        "query": Column("a sentence of the query side, in the order of scoring", noise="usually"),
        "document": Column("the sentence on the same line of the other side"),
        "gold": Column("the line, from 0, of the document that translates the query", "int"),
    },
    gold=_lines,
    has_gold=_has_gold,
    predictions=list,
    trial=_trial,
    noise=noised_texts("query"),
    search=Search(read=_read, find=_find),
    metrics=("retrieval_accuracy", "retrieval_accuracy_reverse"),
    headline=("accuracy",),
    needs_finetuning=False,
    limit="queries",
    tokens=30,
)


@dataclass(frozen=True, kw_only=True)
class BitextRetrieval(Task):
    """A task of kind bitext-retrieval."""

    kind = BITEXT_RETRIEVAL
    query: str = "query"
    document: str = "document"
    gold: str = "gold"

    def column_map(self) -> Mapping[str, str]:
        """Map query, document and gold."""
        return {"query": self.query, "document": self.document, "gold": self.gold}
