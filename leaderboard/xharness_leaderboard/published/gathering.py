"""Gather published scores and their sources, and find contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xharness import PublishedRow, PublishedSource
from xharness_leaderboard.published.reading import built_in

_ROUNDING = 0.0501  # papers print one decimal
_KEY = ("model", "setting", "task", "language", "metric")


@dataclass(frozen=True)
class Published:
    """Published scores, their sources by key, and `conflicts`: scores that differ by more than rounding.

    A conflict has model, setting, task, language and metric, and the `values`, each with kind, source and note.
    """

    rows: tuple[PublishedRow, ...]
    sources: Mapping[str, PublishedSource]
    conflicts: tuple[dict[str, Any], ...]

    def content(self) -> dict[str, Any]:
        """Return the parts of leaderboard.json with published scores."""
        return {
            "published": [_row(row) for row in self.rows],
            "sources": {key: {"title": source.title, "url": source.url} for key, source in self.sources.items()},
            "published_conflicts": list(self.conflicts),
        }


def published(rows: Iterable[PublishedRow] | None = None) -> Published:
    """Gather published scores, by default the built-in ones."""
    gathered = tuple(built_in() if rows is None else rows)
    sources = {row.source.key: row.source for row in gathered}
    return Published(gathered, dict(sorted(sources.items())), tuple(_conflicts(gathered)))


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
    groups: dict[tuple[str, ...], list[PublishedRow]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in _KEY), []).append(row)
    return [
        {
            **dict(zip(_KEY, key, strict=True)),
            "values": [
                {"value": row.value, "kind": row.kind, "source": row.source.key, "note": row.note} for row in group
            ],
        }
        for key, group in groups.items()
        if max(row.value for row in group) - min(row.value for row in group) > _ROUNDING
    ]
