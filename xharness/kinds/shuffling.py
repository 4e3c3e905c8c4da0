"""Permute the labels of training rows, for a control condition: the same texts, nothing to learn about the task."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from xharness.specs.kinds import Example

Draw = Callable[[], float]
"""Returns random numbers between 0 and 1."""


def permutation(size: int, draw: Draw) -> list[int]:
    """Return the numbers below `size` in random order."""
    draws = [draw() for _ in range(size)]
    return sorted(range(size), key=draws.__getitem__)


def shuffled_column(column: str, alike: Callable[[Example], Any] = lambda row: None) -> Callable[..., list[Example]]:
    """Return the function `shuffle` of a kind whose label is one column; rows swap labels only with rows of a kind.

    `alike(row)` is equal for rows that may have each other's labels.
    """

    def shuffle(rows: Sequence[Example], draw: Draw) -> list[Example]:
        groups: dict[Any, list[int]] = {}
        for number, row in enumerate(rows):
            groups.setdefault(alike(row), []).append(number)
        found = [dict(row) for row in rows]
        for own in groups.values():
            for number, other in zip(own, permutation(len(own), draw), strict=True):
                found[number][column] = rows[own[other]][column]
        return list(found)

    return shuffle


def shuffled_tags(rows: Sequence[Example], draw: Draw) -> list[Example]:
    """Return tagged sentences in which each word has the tag of a random word of all sentences."""
    tags = [tag for row in rows for tag in row["tags"]]
    rest = iter(permutation(len(tags), draw))
    return [{**row, "tags": [tags[next(rest)] for _ in row["tags"]]} for row in rows]


def shuffled_spans(rows: Sequence[Example], draw: Draw) -> list[Example]:
    """Return questions whose answer is a random span of the context, as many words as the answer of another question.

    A question gets no answer where that other one has none.
    """
    order = permutation(len(rows), draw)
    return [
        {**row, "answers": [_span(row["context"], answer["text"], draw) for answer in rows[other]["answers"][:1]]}
        for row, other in zip(rows, order, strict=True)
    ]


def _span(context: str, like: str, draw: Draw) -> dict[str, Any]:
    """Return a random span of a context with as many words as another text, as far as the context has them."""
    words = [match.span() for match in re.finditer(r"\S+", context)]
    count = min(max(len(like.split()), 1), len(words))
    first = int(draw() * (len(words) - count + 1))
    start, end = words[first][0], words[first + count - 1][1]
    return {"text": context[start:end], "start": start}
