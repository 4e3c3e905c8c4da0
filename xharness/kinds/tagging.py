"""Tagging: every word of a sentence has a tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xharness.data.lines import Row
from xharness.kinds.shuffling import shuffled_tags
from xharness.kinds.tags_in_words import tagging_way
from xharness.specs.kinds import Column, Example, Kind, label_problem
from xharness.specs.tasks import Task
from xharness.specs.ways import head


def _tags(examples: Iterable[Example]) -> list[list[str]]:
    return [list(example["tags"]) for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return any(gold)


def _problem(row: Row, labels: frozenset[str]) -> str | None:
    if row["tags"] and len(row["tags"]) != len(row["tokens"]):
        return f"{len(row['tokens'])} tokens but {len(row['tags'])} tags"
    return label_problem(row["tags"], labels)


def _labels(task: Task) -> tuple[str, ...]:
    assert isinstance(task, Tagging)
    return task.labels


TAGGING = Kind(
    name="tagging",
    summary="every word of a sentence has a tag",
    ways=(head("tag"), tagging_way(_labels)),
    columns={
        "tokens": Column("the words of a sentence", "texts", noise="usually"),
        "tags": Column("one tag per word; empty if they are not known", "texts"),
    },
    gold=_tags,
    has_gold=_has_gold,
    check=_problem,
    noise=lambda row, noiser: {**row, "tokens": noiser.words("tokens", row["tokens"])},
    words_tagged=True,
    shuffle=shuffled_tags,
    metrics=("chunk_f1", "token_accuracy"),
    headline=("f1",),
)


@dataclass(frozen=True, kw_only=True)
class Tagging(Task):
    """A task of kind tagging: every word has one of `labels`, by default the tags of the training split.

    The tags of the training split are numbered in the order of their first occurrence and saved with the checkpoint.
    """

    kind = TAGGING
    labels: tuple[str, ...] = ()
    tokens: str = "tokens"
    tags: str = "tags"

    def column_map(self) -> Mapping[str, str]:
        """Map tokens and tags."""
        return {"tokens": self.tokens, "tags": self.tags}
