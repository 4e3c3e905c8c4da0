"""What the page of a model shows, from the content of leaderboard.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xharness_leaderboard.site import heat, literature, marks
from xharness_leaderboard.site.index import Names, compared

_RIVALS = 6
Entry = Mapping[str, Any]
Rivals = Mapping[tuple[str, str], list[str]]


def model_pages(board: Mapping[str, Any], names: Names) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id of each entry and the variables of its page."""
    scale = heat.scales(board)
    by_id = {entry["id"]: entry for entry in board["entries"]}
    against: dict[str, list[Any]] = {}
    for line in literature.against(board):
        against.setdefault(line["entry"]["id"], []).append(line)
    rivals = _rivals(board)
    for id, entry in by_id.items():
        yield (
            id,
            {
                "board": board,
                "entry": entry,
                "name": names[id],
                "names": names,
                "tasks": [(task, entry["tasks"].get(task)) for task in board["tasks"]],
                "rows": heat.rows(board, entry, scale, full=True),
                "places": [(part, *_means(entry, board, part)) for part in ("family", "script")],
                "missing": _missing(entry, board),
                "caveats": _caveats(entry),
                "against": against.get(id, []),
                "rivals": [line for suite in board["suites"] for line in _nearest(board, suite, entry, by_id, rivals)],
            },
        )


def _rivals(board: Mapping[str, Any]) -> Rivals:
    """Return with whom each entry was compared, by suite and entry."""
    found: dict[tuple[str, str], list[str]] = {}
    for suite, pairs in board["comparisons"].items():
        for pair in pairs:
            found.setdefault((suite, pair["a"]), []).append(pair["b"])
            found.setdefault((suite, pair["b"]), []).append(pair["a"])
    return found


def _nearest(
    board: Mapping[str, Any], suite: str, entry: Entry, by_id: Mapping[str, Entry], rivals: Rivals
) -> list[dict[str, Any]]:
    """Return the comparisons with the entries that are nearest in rank."""
    rank = entry["suites"][suite]["rank"]
    if rank is None:
        return []
    others = [by_id[id] for id in rivals.get((suite, entry["id"]), ())]
    ranked = [other for other in others if other["suites"][suite]["rank"] is not None]
    ranked.sort(key=lambda other: (abs(other["suites"][suite]["rank"] - rank), other["suites"][suite]["rank"]))
    nearest = sorted(ranked[:_RIVALS], key=lambda other: other["suites"][suite]["rank"])
    return [{"suite": suite, "other": other, "row": compared(board, suite, entry, other)[0][3]} for other in nearest]


def _means(entry: Entry, board: Mapping[str, Any], part: str) -> tuple[list[str], list[tuple[str, list[Any]]]]:
    """Return the tasks that were run, and the means of families or scripts of languages in them."""
    tasks = [task for task in board["tasks"] if task in entry["tasks"]]
    means = [entry["tasks"][task][f"by_{part}"] for task in tasks]
    places = sorted({place for each in means for place in each})
    return tasks, [(place, [each.get(place) for each in means]) for place in places]


def _missing(entry: Entry, board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that have no value, gathered by task and reason."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for task, about in board["tasks"].items():
        cells = entry["cells"].get(task, {})
        for code in about["languages"]:
            cell = cells.get(code, {"status": "not_run", "reason": "no run holds it", "flags": []})
            if cell["status"] != "ok":
                found.setdefault((task, marks.state(cell), cell["reason"]), []).append(code)
    return [
        {"task": task, "mark": marks.MARKS[state], "state": marks.WORDS[state], "reason": reason, "languages": codes}
        for (task, state, reason), codes in found.items()
    ]


def _caveats(entry: Entry) -> list[tuple[str, list[str]]]:
    """Return what must be said of cells, each with the places that it holds for."""
    found: dict[str, list[str]] = {}
    for task, cells in entry["cells"].items():
        for code, cell in cells.items():
            for text in (*cell["flags"], *cell["caveats"]):
                found.setdefault(text, []).append(f"{task} {code}")
    return list(found.items())
