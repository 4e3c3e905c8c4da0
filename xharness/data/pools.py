"""Make the rows of generation, retrieval, mining and ranking tasks from tables of texts that belong together.

Each function wraps a reader: one of files (paths, language, split), or one of rows (rows, language).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from xharness.data.lines import Reader, Row

Read = Callable[..., Iterator[Row]]


def numbered(read: Read) -> Read:
    """Return a reader that gives each row its number as `id`."""

    def reading(*given: Any) -> Iterator[Row]:
        for number, row in enumerate(read(*given)):
            yield {**row, "id": str(number)}

    return reading


def described(read: Read) -> Read:
    """Return a reader for generation from one of rows with `prompt`, which is all description, and `target`."""

    def reading(*given: Any) -> Iterator[Row]:
        for number, row in enumerate(read(*given)):
            yield {"id": str(number), **row, "text": row["prompt"], "start": 0, "repairs": []}

    return reading


def aligned(read: Read) -> Read:
    """Return a reader for bitext retrieval from one of pairs: `query` and `document`, which translates it.

    The gold is the first line, from 0, with the same document.
    """

    def reading(*given: Any) -> Iterator[Row]:
        lines: dict[str, int] = {}
        for line, row in enumerate(read(*given)):
            yield {**row, "gold": lines.setdefault(row["document"], line)}

    return reading


def mined(read: Read) -> Read:
    """Return a reader for bitext mining from one of pairs: `query` (English) and `document`, which translates it.

    A row without one of its texts is a sentence without a translation.
    """

    def reading(*given: Any) -> Iterator[Row]:
        rows = list(read(*given))
        for side, column, other in (("source", "document", "query"), ("target", "query", "document")):
            for number, row in enumerate(rows):
                gold = [f"target-{number}"] if side == "source" and row[other] else []
                if row[column]:
                    yield {"side": side, "id": f"{side}-{number}", "text": row[column], "gold": gold}

    return reading


def ranked(read: Read) -> Read:
    """Return a reader for ranking from one of rows with `query` and `candidate`, the right one, and perhaps `id`.

    The gold are all rows with the same candidate.
    """

    def reading(*given: Any) -> Iterator[Row]:
        rows = [{"id": str(number), **row} for number, row in enumerate(read(*given))]
        ids: dict[str, list[str]] = {}
        for row in rows:
            ids.setdefault(row["candidate"], []).append(row["id"])
        for row in rows:
            yield {**row, "gold": ids[row["candidate"]]}

    return reading


def pooled(questions: Reader, pool: Reader) -> Reader:
    """Return a reader for passage retrieval from readers of rows with `id`, `question` and `passage`, its answer.

    `questions` reads a split, `pool` the rows of all splits, whose passages are the candidates. Equal passages of a
    language are one candidate.
    """

    def reading(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        if split == "candidates":
            for text in dict.fromkeys(row["passage"] for row in pool(paths, language, split)):
                yield {"id": _name(language, text), "text": text, "gold": [], "positive": ""}
            return
        for row in questions(paths, language, split):
            gold = [_name(language, row["passage"])]
            yield {"id": row["id"], "text": row["question"], "gold": gold, "positive": row["passage"]}

    return reading


def _name(language: str, passage: str) -> str:
    digest = sha256(passage.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{language}:{digest[:12]}"
