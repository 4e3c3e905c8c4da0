"""Markdown in which text from records is text: nothing in it is a tag, a link or the end of a table's cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"[\\`*_\[\]|~$]|:(?=//)")


def text(value: object) -> str:
    """Return a text that shows as it is, in one line."""
    line = " ".join(str(value).split())
    plain = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^([-+=#]|\d+(?=\.))", r"\\\1", _SPECIAL.sub(r"\\\g<0>", plain))


def code(value: str) -> str:
    """Return a block of code, whatever it holds."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}bash\n{value}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a table of cells that are Markdown; all but the first `left` columns stand to the right."""
    marks = [":---" if column < left else "---:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *rows))


def items(lines: Iterable[str]) -> str:
    """Return a list of lines that are Markdown."""
    return "\n".join(f"- {line}" for line in lines)
