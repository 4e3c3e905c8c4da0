"""HTML of tables for notebooks; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return an HTML table of texts; the first `left` columns are aligned left, the others right."""
    head = "".join(_cell("th", text, index < left) for index, text in enumerate(header))
    body = ["".join(_cell("td", text, index < left) for index, text in enumerate(row)) for row in rows]
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return f'<div style="overflow-x: auto"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def paragraph(text: str) -> str:
    """Return a text as a paragraph."""
    return f"<p>{escape(text)}</p>"


def notes(lines: Iterable[str]) -> str:
    """Return lines as a list; nothing for no lines."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _cell(tag: str, text: str, left: bool) -> str:
    return f'<{tag} style="text-align: {"left" if left else "right"}">{escape(text)}</{tag}>'
