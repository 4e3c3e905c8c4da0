"""Markdown with escaped text: text from records cannot create tags, links or table cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"[\\`*_\[\]|~$]|:(?=//)")


def text(value: object) -> str:
    """Return a text escaped for Markdown, on one line."""
    line = " ".join(str(value).split())
    plain = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^([-+=#]|\d+(?=\.))", r"\\\1", _SPECIAL.sub(r"\\\g<0>", plain))


def code(value: str) -> str:
    """Return a code block, with a fence that is longer than any in the code."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}bash\n{value}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a table of Markdown cells; all columns but the first `left` are aligned right."""
    marks = [":---" if column < left else "---:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *rows))


def items(lines: Iterable[str]) -> str:
    """Return a list of Markdown items."""
    return "\n".join(f"- {line}" for line in lines)
