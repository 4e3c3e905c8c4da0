"""Published scores together: their sources, and where these contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xharness import PublishedRow, PublishedSource
from xharness_leaderboard.published.reading import built_in

_ROUNDING = 0.0501  # papers print one decimal
_PLACE = ("model", "setting", "task", "language", "metric")


@dataclass(frozen=True)
class Published:
    """Published scores, their sources by key, and the `conflicts`: places with values that rounding does not explain.

    A conflict names model, setting, task, language and metric, and has the `values`, each with kind, source and note.
    """

    rows: tuple[PublishedRow, ...]
    sources: Mapping[str, PublishedSource]
    conflicts: tuple[dict[str, Any], ...]

    def content(self) -> dict[str, Any]:
        """Return the parts of leaderboard.json that hold them."""
        return {
            "published": [_row(row) for row in self.rows],
            "sources": {key: {"title": source.title, "url": source.url} for key, source in self.sources.items()},
            "published_conflicts": list(self.conflicts),
        }


def published(rows: Iterable[PublishedRow] | None = None) -> Published:
    """Gather published scores: those of a registry, or the built-in ones."""
    found = tuple(built_in() if rows is None else rows)
    sources = {row.source.key: row.source for row in found}
    return Published(found, dict(sorted(sources.items())), tuple(_conflicts(found)))


def _row(row: PublishedRow) -> dict[str, Any]:
    return {
        "model": row.model,
        "benchmark": row.benchmark,
        "setting": row.setting,
        "task": row.task,
        "language": row.language,
        "metric": row.metric,
        "value": row.value,
        "kind": row.kind,
        "source": row.source.key,
        "note": row.note,
    }


def _conflicts(rows: Iterable[PublishedRow]) -> list[dict[str, Any]]:
    places: dict[tuple[str, ...], list[PublishedRow]] = {}
    for row in rows:
        places.setdefault(tuple(getattr(row, name) for name in _PLACE), []).append(row)
    return [
        {
            **dict(zip(_PLACE, place, strict=True)),
            "values": [
                {"value": row.value, "kind": row.kind, "source": row.source.key, "note": row.note} for row in found
            ],
        }
        for place, found in places.items()
        if max(row.value for row in found) - min(row.value for row in found) > _ROUNDING
    ]
