"""The built-in published scores: one file per source.

A file has the `title` and `url` of the source, and `tables` with the `scores` of a model by task, metric and language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from xharness import PublishedRow, PublishedSource

SOURCES = Path(__file__).parent / "sources"


def built_in() -> Iterator[PublishedRow]:
    """Yield the built-in published scores, by source."""
    for file in sorted(SOURCES.glob("*.json")):
        yield from _rows(file)


def _rows(file: Path) -> Iterator[PublishedRow]:
    content = json.loads(file.read_text(encoding="utf-8"))
    source = PublishedSource(key=file.stem, title=content["title"], url=content["url"])
    for table in content["tables"]:
        about = {key: value for key, value in table.items() if key != "scores"}
        for task, metrics in table["scores"].items():
            for metric, values in metrics.items():
                for language, value in values.items():
                    yield PublishedRow(**about, task=task, metric=metric, language=language, value=value, source=source)
