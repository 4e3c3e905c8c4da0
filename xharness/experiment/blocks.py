"""A table of an experiment, for a terminal or a Markdown file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A table with a title and lines below it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...] = ()


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a table as Markdown, all columns but the first `left` right-aligned."""
    rule = [*["---"] * left, *["---:"] * (len(header) - left)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))
