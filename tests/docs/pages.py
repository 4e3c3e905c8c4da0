"""The pages of the documentation, and the code blocks in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
JOURNEYS = [DOCS / f"first-{name}.md" for name in ("evaluation", "task", "leaderboard")]
_BLOCK = re.compile(
    r"(?:^File `(?P<file>[^`]+)`:\n\n)?(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    flags=re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A code block: the line after which it begins, the file that it shows, and why tests do not run it."""

    page: Path
    line: int
    language: str
    text: str
    file: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def commands(self) -> list[list[str]]:
        """Return the words after `xharness` of each of its commands."""
        lines = [line.removeprefix("$ ").split("  #")[0] for line in self.text.replace("\\\n", " ").splitlines()]
        return [shlex.split(line)[1:] for line in lines if line.startswith("xharness ")]


def blocks(page: Path, *languages: str) -> list[Block]:
    """Return the code blocks of a page, in the given languages only if there are any."""
    text = page.read_text("utf-8")
    found = [
        Block(
            page=page,
            line=text[: match.start("language")].count("\n") + 1,
            language=match["language"],
            text=match["text"],
            file=match["file"] or "",
            not_run=match["reason"] or "",
        )
        for match in _BLOCK.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]
