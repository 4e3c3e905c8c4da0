"""Docstrings and messages use the field's words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = (
    "leaderboard/xharness_leaderboard",
    "plugins/xharness_plugins/sources",
    "tasks/xharness_tasks",
    "xharness/data",
    "xharness/engine",
    "xharness/metrics",
    "xharness/store",
    "xharness/submission",
)
# A word that a newcomer has to decode, and the plain one.
PLAIN = {
    r"sub-?words?": "tokens",
    r"learnt": "learned",
    r"goes on with": "continues",
    r"(is|are) told": "receives",
    r"hears? of": "receives",
    r"stands? on": "is based on",
    r"has served": "is no longer needed",
    r"wished for": "requested",
    r"told (from each other|apart)": "contrasted",
    r"made up": "synthetic",
    r"which is no (number|text|language)": "is not a",
    r"Say whether": "Return whether",
}


def texts(file):
    """Yield line and text of the docstrings and other strings of a file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("part", PARTS)
def test_texts_use_plain_words(part):
    files = sorted((ROOT / part).rglob("*.py"))
    odd = [
        f"{file.relative_to(ROOT)}:{line}: say '{plain}' instead of '{match[0]}'"
        for file in files
        for line, text in texts(file)
        for word, plain in PLAIN.items()
        if (match := re.search(rf"\b({word})\b", text))
    ]
    assert files
    assert not odd, "\n".join(odd)
