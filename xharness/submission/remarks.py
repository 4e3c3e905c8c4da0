"""What the official evaluator hides, in words; names that come from files are shown escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

_SHOWN = 5


def problems(report: Mapping[str, Any]) -> list[str]:
    """Return a line for everything that could not be scored; the missing files of a task share one."""
    found = []
    for name, task in report["tasks"].items():
        if task["reason"]:
            found.append(f"{name}: {task['reason']}")
        alike: dict[str, list[str]] = {}
        for code, cell in task["languages"].items():
            if cell["reason"]:
                missing = cell["status"] == "missing"
                alike.setdefault(cell["reason"].replace(f"-{code}.", "-LANG.") if missing else code, []).append(code)
        found += [_alike(name, task["languages"], reason, codes) for reason, codes in alike.items()]
    return found


def _alike(task: str, cells: Mapping[str, Mapping[str, Any]], reason: str, codes: Sequence[str]) -> str:
    if len(codes) == 1:
        return f"{task} {codes[0]}: {cells[codes[0]]['reason']}"
    return f"{task}: {reason} for {len(codes):,} languages: {few(codes)}"


def remarks(report: Mapping[str, Any]) -> list[str]:
    """Return a line for everything that a reader of the scores should know."""
    found = []
    for name, task in report["tasks"].items():
        found += _sizes(name, task["languages"])
        for code, cell in task["languages"].items():
            found += [f"{name} {code}: {_words(*note)}" for note in cell["notes"].items() if note[0] != "size"]
        if task["unread"]:
            found.append(f"{name}: files that were not read: {_some(task['unread'])}")
    for side, names in report["not_in_suite"].items():
        if names:
            found.append(f"{side}: folders that are no task of the suite: {_some(names)}")
    return found


def _sizes(task: str, cells: Mapping[str, Mapping[str, Any]]) -> list[str]:
    sizes = {code: cell["notes"]["size"] for code, cell in cells.items() if "size" in cell["notes"]}
    parts = [f"{code} {size['n']:,} (official: {size['official']:,})" for code, size in sizes.items()]
    return [f"{task}: not the official number of examples: {few(parts)}"] if parts else []


def _words(name: str, found: Any) -> str:
    return _WORDS[name](found) if name in _WORDS else f"{name}: {found!r}"


def _some(names: Sequence[str]) -> str:
    return few([repr(name) for name in names])


def few(parts: Sequence[str]) -> str:
    """Return the first parts, and how many more there are."""
    more = f" and {len(parts) - _SHOWN:,} more" if len(parts) > _SHOWN else ""
    return ", ".join(parts[:_SHOWN]) + more


def _many(what: int | Sized, noun: str) -> str:
    number = what if isinstance(what, int) else len(what)
    return f"{number:,} {noun}{'s'[: number != 1]}"


def _tag_counts(found: Sequence[Mapping[str, int]]) -> str:
    first = found[0]
    return (
        f"{_many(found, 'sentence')} with another number of tags than the labels (the first: sentence "
        f"{first['sentence']:,}, {first['predicted']} for {first['gold']}); as officially, all later tags are shifted"
    )


def _no_numbers(found: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{side} hold {few(values)}" for side, values in found.items()]
    return f"labels that are no numbers, and equal none: {'; '.join(parts)}"


def _unexpected(found: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{side} hold {_some(names)}" for side, names in found.items()]
    return f"labels that the task does not have: {'; '.join(parts)}"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "unanswered": lambda ids: f"{_many(ids, 'question')} without an answer, scored 0: {_some(ids)}",
    "unknown": lambda ids: f"{_many(ids, 'answer')} to questions that the labels do not have, ignored: {_some(ids)}",
    "repeated_questions": lambda ids: f"questions that the labels hold more than once, each counted: {_some(ids)}",
    "repeated_predictions": lambda ids: f"questions that are answered more than once, the last counts: {_some(ids)}",
    "unlisted": lambda ids: (
        f"{_many(ids, 'question')} whose candidates are a text instead of a list of ids, scored by its characters, "
        f"as officially: {_some(ids)}"
    ),
    "more_gold": lambda ids: (
        f"{_many(ids, 'question')} with several gold candidates, of which the first counts, as officially: {_some(ids)}"
    ),
    "no_numbers": _no_numbers,
    "repeated_pairs": lambda count: f"{_many(count, 'pair')} there already, counted once",
    "nothing_mined": lambda _: "the prediction file is empty: no pair was mined",
    "blank_gold": lambda _: "every gold answer is empty: these are blanked test files, not labels",
    "tag_counts": _tag_counts,
    "unexpected_labels": _unexpected,
    "byte_order_mark": lambda paths: (
        f"a byte order mark, which counts as a part of the first line, as officially: {_some(paths)}"
    ),
}
