"""Docstrings, messages and pages use plain words: those of the field, in short sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("xharness", "plugins/xharness_plugins", "tasks/xharness_tasks", "leaderboard/xharness_leaderboard")
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
QUOTES = ("xharness/specs/schema_1_0.py",)  # sentences of older versions, to recognise them
# Phrases that a newcomer has to decode, and the plain ones.
PLAIN = {
    r"sub-?words?": "tokens",
    r"learnt": "learned",
    r"(goes|go|going|went) on( with)?": "continue",
    r"told": "receives, shown, contrasted",
    r"hears? of": "receives",
    r"stands? on": "is based on",
    r"ha[sd] served": "is no longer needed",
    r"wished for": "requested",
    r"(made|makes?|making)[ -]up": "synthetic, forms",
    r"(?<![Tt]here\s)(is|are|was) no(?! longer| answer)": "is not a",
    r"Say (whether|why|what|which|that|how|where)": "Return",
    r"(?<=[;:]\s)say": "use, choose, must be",
    r"begun again": "restarted",
    r"(leave|leaves|left) chance": "stay at chance",
    r"the very": "the same",
    r"(None|BadRequest|\w+Error) where": "if",
    r"holds? 0": "includes 0",
    r"became of": "state of",
    r"cut short": "interrupted, incomplete",
    r"handed in": "submitted",
    r"whose gold holds": "which gold is used",
}


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield first line and text of the strings of a module, or of a page."""
    content = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield 1, content
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def odd(file: Path) -> list[str]:
    """Return a line for each phrase of a file that has a plainer one."""
    return [
        f"{file.relative_to(ROOT)}:{line + text[: match.start()].count(chr(10))}: '{match[0]}'; write {plain}"
        for line, text in texts(file)
        for phrase, plain in PLAIN.items()
        for match in re.finditer(rf"\b({phrase.replace(' ', chr(92) + 's+')})\b", text)
    ]


def modules(part: str) -> list[Path]:
    return [file for file in sorted((ROOT / part).rglob("*.py")) if file.relative_to(ROOT).as_posix() not in QUOTES]


@pytest.mark.parametrize("part", PRODUCT)
def test_modules_use_plain_words(part):
    files = modules(part)
    assert files
    found = [line for file in files for line in odd(file)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_use_plain_words(page):
    found = odd(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("The threshold is no measure; say which one.", ["is no", "say"]),
        ("Return it, None where it is made up of sub-words.", ["sub-words", "made up", "None where"]),
        ("there is no file; it is no\nlonger needed where the model is trained", []),
    ],
)
def test_phrases_are_recognised(tmp_path, monkeypatch, text, phrases):
    monkeypatch.setattr("tests.test_wording.ROOT", tmp_path)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert [line.split("'")[1] for line in odd(tmp_path / "page.md")] == phrases
