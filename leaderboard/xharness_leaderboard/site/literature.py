"""Published rows: tables of their own, and what was measured held against them where the models' names match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

AVERAGE = "avg"
_SAME = (("xlmroberta", "xlmr"), ("bertbasemultilingualcased", "mbert"), ("multilingualbert", "mbert"))


def tables(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one table a benchmark: the averages of each published row, by task."""
    found: dict[str, dict[tuple[str, ...], dict[str, list[Any]]]] = {}
    tasks: dict[str, list[str]] = {}
    for row in board["published"]:
        if row["language"] == AVERAGE:
            key = tuple(str(row[part]) for part in ("model", "setting", "kind", "source"))
            found.setdefault(row["benchmark"], {}).setdefault(key, {}).setdefault(row["task"], []).append(row)
            tasks.setdefault(row["benchmark"], []).append(row["task"])
    return [
        {"benchmark": name, "tasks": list(dict.fromkeys(tasks[name])), "rows": sorted(rows.items())}
        for name, rows in found.items()
    ]


def link(source: Mapping[str, Any] | None) -> str | None:
    """Return the address of a source where it is one that a page may link to."""
    url = str((source or {}).get("url") or "")
    return url if re.match(r"https?://", url) else None


def against(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each published score of a model that was measured here, beside the measured one; averages first."""
    rows = [row | {"link": link(board["sources"].get(row["source"]))} for row in board["published"]]
    by_name: dict[str, list[Any]] = {}
    for row in rows:
        by_name.setdefault(_key(row["model"]), []).append(row)
    found = []
    for entry in board["entries"]:
        if entry["noise"] is None:
            same = by_name.get(_key(entry["model"]["reference"].rstrip("/").rpartition("/")[2]), ())
            found += [line for row in _setting(same, entry) if (line := _line(entry, row))]
    return sorted(found, key=lambda line: line["row"]["language"] != AVERAGE)


def _setting(rows: Iterable[Mapping[str, Any]], entry: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Return the rows whose setting begins as the entry's recipe is called: the others measure something else."""
    return [row for row in rows if _plain(row["setting"]).startswith(_plain(entry["recipe"]["name"]))]


def _line(entry: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any] | None:
    task = entry["tasks"].get(row["task"])
    own = task if row["language"] == AVERAGE else entry["cells"].get(row["task"], {}).get(row["language"])
    if task is None or own is None:
        return None
    measured = own["metrics"].get(row["metric"])
    if measured is None:
        return None
    return {"entry": entry, "row": row, "measured": measured, "difference": measured - row["value"]}


def _key(model: str) -> str:
    """Return the name of a model without what its writers write differently."""
    plain = _plain(model)
    for long, short in _SAME:
        plain = plain.replace(long, short)
    return plain


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
