"""Bitext mining: find the translation pairs in two large sets of sentences, with a threshold tuned on dev."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.errors import DataError
from xharness.specs.kinds import Column, Example, Kind, Search, SearchInput
from xharness.specs.tasks import Task
from xharness.specs.ways import VECTORS

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

    from xharness.noising.rows import RowNoiser


def _pairs(examples: Iterable[Example]) -> list[tuple[str, str]]:
    return [(example["id"], other) for example in examples if example["side"] == "source" for other in example["gold"]]


def _has_gold(gold: Any, task: Task) -> bool:
    return bool(gold)


def _predictions(rows: Iterable[Row]) -> list[tuple[str, str]]:
    return [(row["source"], row["target"]) for row in rows]


def _read(splits: Mapping[str, Dataset], limit: int | None) -> SearchInput:
    texts: dict[str, list[str]] = {}
    about: dict[str, Any] = {}
    for role, examples in splits.items():
        ids, sides, gold = _sides(examples, limit)
        about[role] = (ids, gold)
        texts |= {f"{role}.{side}": side_texts for side, side_texts in sides.items()}
    if not about["dev"][1]:
        raise DataError("dev: no gold pairs to tune the threshold on")
    return SearchInput(texts, about)


def _sides(
    examples: Dataset, limit: int | None
) -> tuple[dict[str, list[str]], dict[str, list[str]], set[tuple[str, str]]]:
    """Return the ids and texts of the first `limit` sentences of each side, and the gold pairs among them."""
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


def _find(texts: SearchInput, vectors: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from xharness.engine.mining import extract, mine, tune_threshold

    mined = {
        role: mine(
            ids["source"],
            texts.texts[f"{role}.source"],
            vectors[f"{role}.source"],
            ids["target"],
            texts.texts[f"{role}.target"],
            vectors[f"{role}.target"],
        )
        for role, (ids, _) in texts.about.items()
    }
    threshold = tune_threshold(mined["dev"], texts.about["dev"][1])
    rows = [
        {"source": source, "target": target, "score": float(score)}
        for source, target, score in extract(mined["examples"], threshold)
    ]
    return rows, {"search": "ratio margin, k 4, max", "threshold": float(threshold)}


def _noised(row: Row, noiser: RowNoiser) -> Row:
    """Change the sentences of the source side, which look for their translations."""
    return {**row, "text": noiser.text("text", row["text"])} if row["side"] == "source" else row


def _trial(task: Task, examples: Sequence[Example], right: bool) -> list[dict[str, Any]]:
    """Return the gold pairs; wrong are pairs with ids that do not exist."""
    pairs = _pairs(examples)
    return [
        {"source": source, "target": target if right else f"not {target}", "score": 1.0} for source, target in pairs
    ]


BITEXT_MINING = Kind(
    name="bitext-mining",
    summary="find the translation pairs in two large sets of sentences",
    ways=(VECTORS,),
    columns={
        "side": Column("`source` (the foreign sentences) or `target` (the English ones)"),
        "id": Column("the id of the sentence"),
        "text": Column("the sentence", noise="usually"),
        "gold": Column("the ids of its translations (source side only, else empty)", "texts"),
    },
    gold=_pairs,
    has_gold=_has_gold,
    predictions=_predictions,
    trial=_trial,
    noise=_noised,
    search=Search(read=_read, find=_find),
    metrics=("mining_f1",),
    headline=("f1",),
    needs_finetuning=False,
    tunes_threshold=True,
    limit="whole",
    tokens=40,
)


@dataclass(frozen=True, kw_only=True)
class BitextMining(Task):
    """A task of kind bitext-mining."""

    kind = BITEXT_MINING
