"""Line-aligned parallel sentences, for bitext retrieval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from xharness.data.lines import Row, nonempty, read_lines
from xharness.errors import DataError


@nonempty
def read_aligned(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of two aligned files, (foreign, English), in the official order; see `sorted_queries`."""
    documents, queries = _both(paths)
    yield from sorted_queries(queries, documents)


@nonempty
def read_shuffled(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of two unaligned files, (foreign, English); the gold line is unknown, -1."""
    documents, queries = _both(paths)
    for query, document in zip(queries, documents):
        yield {"query": query, "document": document, "gold": -1}


def sorted_queries(queries: Sequence[str], documents: Sequence[str]) -> Iterator[Row]:
    """Yield rows with the English queries sorted by code point; the gold of a query is its original line, from 0.

    This is the order of a Tatoeba submission: tatoeba_preprocess of github.com/google-research/xtreme,
    utils_preprocess.py.
    """
    order = sorted(range(len(queries)), key=queries.__getitem__)
    for line, gold in enumerate(order):
        yield {"query": queries[gold], "document": documents[line], "gold": gold}


def _both(paths: Iterable[Path]) -> tuple[list[str], list[str]]:
    foreign, english = paths
    documents = [text.strip() for _, text in read_lines(foreign)]
    queries = [text.strip() for _, text in read_lines(english)]
    if len(documents) != len(queries):
        problem = f"expected {len(documents)} lines, as in {foreign.name}, got {len(queries)}"
        raise DataError.at(english, None, problem)
    return documents, queries
