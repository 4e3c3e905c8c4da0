"""Reading the tables of the noises: files beside the code, read when a noise first needs them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("data")
_CODE_POINT = re.compile(r"U\+([0-9A-F]{4,6})")
NOTHING = "∅"
"""How a table writes the empty text."""


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table, a tuple of fields each; lines that start with `#` and empty lines are left out."""
    lines = (_FOLDER / name).read_text("utf-8").split("\n")
    return tuple(tuple(line.split("\t")) for line in lines if line and not line.startswith("#"))


def cell(text: str) -> str:
    """Return what a cell of a table means: `U+200C` is that character, `∅` the empty text."""
    return _CODE_POINT.sub(lambda match: chr(int(match[1], 16)), text.replace(NOTHING, ""))
