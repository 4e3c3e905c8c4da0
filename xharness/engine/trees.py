"""Sequences that begin alike as trees of tokens: a token that several share is computed once.

Sequences are sorted, so that neighbours share the longest beginnings. A row is a run of neighbours: the tokens of the
first, then those of each next one after what it shares with the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

_SHARED = 32
"""Tokens at the beginning of several rows that are worth a forward pass of their own."""
_WORTH = 8
"""A sequence joins a row if it shares at least one part in so many of the row's length: attention grows with a row."""


class Scored(NamedTuple):
    """A sequence, and the index of its first token whose output is needed."""

    ids: tuple[int, ...]
    start: int


@dataclass
class TokenTree:
    """A tree of tokens: their ids, their positions in a sequence, and the path of each sequence as token indices."""

    ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    paths: dict[int, list[int]] = field(default_factory=dict)

    def add(self, number: int, ids: tuple[int, ...], shared: int, offset: int) -> None:
        """Add a sequence that shares its first `shared` tokens with the last one; its position begins at `offset`."""
        last = next(reversed(self.paths.values()), [])
        begin = len(self.ids)
        self.paths[number] = [*last[:shared], *range(begin, begin + len(ids) - shared)]
        self.ids.extend(ids[shared:])
        self.positions.extend(range(offset + shared, offset + len(ids)))


@dataclass
class Family:
    """Rows that continue the same tokens; `prefix` is empty if rows share nothing."""

    prefix: tuple[int, ...]
    rows: list[TokenTree]


def families(sequences: Sequence[Scored], most: int) -> list[Family]:
    """Return the rows of sequences, each of `most` tokens or of one sequence; paths have the numbers of sequences.

    A prefix ends before the first token whose output is needed. Rows without a prefix are one family, the last.
    """
    order = sorted(range(len(sequences)), key=lambda number: sequences[number].ids)
    found, plain = [], Family((), [])
    for run, shared in _runs(sequences, order):
        whole = _rows(sequences, run, 0, most)
        if len(whole) == 1 or not shared:
            plain.rows.extend(whole)
        else:
            prefix = sequences[run[0]].ids[:shared]
            found.append(Family(prefix, _rows(sequences, run, shared, most)))
    return [*found, plain] if plain.rows else found


def _runs(sequences: Sequence[Scored], order: list[int]) -> Iterator[tuple[list[int], int]]:
    """Yield runs of sorted sequences, and how many tokens all of a run share, 0 if fewer than are worth a pass."""
    run: list[int] = []
    shared = 0
    for number in order:
        own = sequences[number]
        common = min(shared, own.start, _common(sequences[run[0]].ids, own.ids)) if run else 0
        if run and (common >= _SHARED or common == shared == 0):
            shared = common
        else:
            if run:
                yield run, shared if shared >= _SHARED else 0
            run, shared = [], own.start if own.start >= _SHARED else 0
        run.append(number)
    if run:
        yield run, shared if shared >= _SHARED else 0


def _rows(sequences: Sequence[Scored], run: list[int], prefix: int, most: int) -> list[TokenTree]:
    """Return the rows of a run without its first `prefix` tokens."""
    parts = [sequences[number].ids[prefix:] for number in run]
    shares = [0, *(_common(one, two) for one, two in pairwise(parts))]
    rows: list[TokenTree] = []
    for number, ids, shared in zip(run, parts, shares, strict=True):
        length = len(rows[-1].ids) if rows else 0
        if not rows or shared * _WORTH < length or length + len(ids) - shared > most:
            rows.append(TokenTree())
            shared = 0
        rows[-1].add(number, ids, shared, prefix)
    return rows


def _common(one: tuple[int, ...], two: tuple[int, ...]) -> int:
    """Return how many tokens two sequences share at the beginning."""
    if one == two:
        return len(one)
    return next((index for index, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
