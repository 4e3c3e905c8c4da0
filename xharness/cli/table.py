"""Plain-text tables, aligned by width in the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Return the number of terminal columns of a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def table(rows: Sequence[Sequence[str]], header: Sequence[str], right: Sequence[int] = ()) -> str:
    """Return a table; columns are two spaces apart, `right` holds the indices of the right-aligned columns."""
    every = [list(header), *[list(row) for row in rows]]
    widths = [max(width(row[column]) for row in every) for column in range(len(header))]
    lines = []
    for row in every:
        cells = []
        for column, (text, wide) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (wide - width(text))
            cells.append(pad + text if column in right else text + pad)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def size(n: int) -> str:
    """Format a number of bytes: `12 MB`, `3.4 GB`."""
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"
