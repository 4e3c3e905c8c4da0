"""The content of the page of an entry, from the content of leaderboard.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness_leaderboard.approaches import apart
from xharness_leaderboard.site import heat, literature, marks
from xharness_leaderboard.site.names import EntryContent, Names, way_in_words
from xharness_leaderboard.site.pairs import Tests, difference, tests_of

_RIVALS = 6
_ABSENT = "not in a run"


def model_pages(
    board: Mapping[str, Any], names: Names, scale: Mapping[str, heat.Scale]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id of each entry and the variables of its page."""
    by_id = {entry["id"]: entry for entry in board["entries"]}
    comparisons = literature.comparisons(board)
    tests = tests_of(board)
    rivals: dict[tuple[str, str], list[str]] = {}
    for suite, one, other in tests:
        rivals.setdefault((suite, one), []).append(other)
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
                "groups": [(part, *_means(entry, board, part)) for part in ("family", "script")],
                "missing": _missing(entry, board),
                "caveats": _caveats(entry),
                "ways": [(task, way_in_words(way)) for task, way in entry["ways"].items()],
                "apart": apart(board),
                "against": comparisons[id],
                "rivals": [
                    line
                    for suite in board["suites"]
                    for line in _nearest(suite, entry, by_id, rivals.get((suite, id), ()), tests)
                ],
            },
        )


def _nearest(
    suite: str, entry: EntryContent, by_id: Mapping[str, EntryContent], rivals: Sequence[str], tests: Tests
) -> list[dict[str, Any]]:
    """Return the differences from the rivals nearest in rank."""
    rank = entry["suites"][suite]["rank"]
    ranks = {id: by_id[id]["suites"][suite]["rank"] for id in rivals}
    if rank is None:
        return []
    ranked = [id for id in rivals if ranks[id] is not None]
    nearest = sorted(ranked, key=lambda id: (abs(ranks[id] - rank), ranks[id], id))[:_RIVALS]
    others = [by_id[id] for id in sorted(nearest, key=lambda id: (ranks[id], id))]
    return [{"suite": suite, "other": other, "row": difference(suite, entry, other, tests)} for other in others]


def _means(entry: EntryContent, board: Mapping[str, Any], part: str) -> tuple[list[str], list[tuple[str, Any]]]:
    """Return the measured tasks, and the means by language family or script in them."""
    tasks = [task for task in board["tasks"] if task in entry["tasks"]]
    means = [entry["tasks"][task][f"by_{part}"] for task in tasks]
    names = sorted({name for each in means for name in each})
    return tasks, [(name, marks.number_cells([each.get(name) for each in means])) for name in names]


def _missing(entry: EntryContent, board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cells without a value, grouped by task and reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for task, about in board["tasks"].items():
        cells = entry["cells"].get(task, {})
        for code in about["languages"]:
            cell = cells.get(code)
            if cell is None or cell["status"] != "ok":
                groups.setdefault((task, marks.state(cell), cell["reason"] if cell else _ABSENT), []).append(code)
    return [
        {"task": task, "mark": marks.MARKS[state], "state": marks.WORDS[state], "reason": reason, "languages": codes}
        for (task, state, reason), codes in groups.items()
    ]


def _caveats(entry: EntryContent) -> list[tuple[str, bool, list[str]]]:
    """Return the text of each caveat and flag of cells, whether it is grave, and its cells; the grave ones first."""
    by_text: dict[tuple[str, bool], list[str]] = {}
    for task, cells in entry["cells"].items():
        for code, cell in cells.items():
            caveats = [(caveat["text"], caveat["grave"]) for caveat in cell["caveats"]]
            for key in [*((flag, False) for flag in cell["flags"]), *caveats]:
                by_text.setdefault(key, []).append(f"{task} {code}")
    return sorted(((*key, cells) for key, cells in by_text.items()), key=lambda caveat: not caveat[1])
