"""Texts of the problems and remarks that the official evaluator does not report; names from files are escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

from xharness.errors import few


def problems(report: Mapping[str, Any]) -> list[str]:
    """Return one line per task or language that was not scored; the missing files of a task share a line."""
    lines = []
    for name, task in report["tasks"].items():
        if task["reason"]:
            lines.append(f"{name}: {task['reason']}")
        groups: dict[str, list[str]] = {}
        for code, cell in task["languages"].items():
            if cell["reason"]:
                missing = cell["status"] == "missing"
                groups.setdefault(cell["reason"].replace(f"-{code}.", "-LANG.") if missing else code, []).append(code)
        lines += [_problem(name, task["languages"], reason, codes) for reason, codes in groups.items()]
    return lines


def _problem(task: str, cells: Mapping[str, Mapping[str, Any]], reason: str, codes: Sequence[str]) -> str:
    if len(codes) == 1:
        return f"{task} {codes[0]}: {cells[codes[0]]['reason']}"
    return f"{task}: {reason} for {len(codes):,} languages: {few(codes)}"


def remarks(report: Mapping[str, Any]) -> list[str]:
    """Return the remarks on a scored submission, one per line."""
    lines = []
    for name, task in report["tasks"].items():
        lines += _sizes(name, task["languages"])
        for code, cell in task["languages"].items():
            lines += [f"{name} {code}: {_text(*note)}" for note in cell["notes"].items() if note[0] != "size"]
        if task["unread"]:
            lines.append(f"{name}: ignored files: {_quoted(task['unread'])}")
    for side, names in report["not_in_suite"].items():
        if names:
            lines.append(f"{side}: ignored folders, not tasks of the suite: {_quoted(names)}")
    return lines


def _sizes(task: str, cells: Mapping[str, Mapping[str, Any]]) -> list[str]:
    sizes = {code: cell["notes"]["size"] for code, cell in cells.items() if "size" in cell["notes"]}
    parts = [f"{code} {size['n']:,} (official: {size['official']:,})" for code, size in sizes.items()]
    return [f"{task}: number of examples differs from the official test set: {few(parts)}"] if parts else []


def _text(name: str, note: Any) -> str:
    return _TEXTS[name](note) if name in _TEXTS else f"{name}: {note!r}"


def _quoted(names: Sequence[str]) -> str:
    return few([repr(name) for name in names])


def _many(what: int | Sized, noun: str) -> str:
    number = what if isinstance(what, int) else len(what)
    return f"{number:,} {noun}{'s'[: number != 1]}"


def _tag_counts(counts: Sequence[Mapping[str, int]]) -> str:
    first = counts[0]
    return (
        f"{_many(counts, 'sentence')} with a wrong number of predicted tags (first: sentence {first['sentence']:,}, "
        f"{first['predicted']} predicted, {first['gold']} gold); all later tags are shifted, as officially"
    )


def _no_numbers(labels: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{few(values)} in the {side}" for side, values in labels.items()]
    return f"non-numeric labels, counted as wrong: {'; '.join(parts)}"


def _unexpected(labels: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{_quoted(names)} in the {side}" for side, names in labels.items()]
    return f"labels unknown to the task: {'; '.join(parts)}"


_TEXTS: Mapping[str, Callable[[Any], str]] = {
    "unanswered": lambda ids: f"{_many(ids, 'question')} without a prediction, scored 0: {_quoted(ids)}",
    "unknown": lambda ids: f"{_many(ids, 'prediction')} for ids that are not in the labels, ignored: {_quoted(ids)}",
    "repeated_questions": lambda ids: f"repeated questions in the labels, each counted: {_quoted(ids)}",
    "repeated_predictions": lambda ids: f"repeated ids in the predictions, the last counts: {_quoted(ids)}",
    "unlisted": lambda ids: (
        f"{_many(ids, 'question')} with a text instead of a list of candidate ids, scored as a list of characters, "
        f"as officially: {_quoted(ids)}"
    ),
    "more_gold": lambda ids: (
        f"{_many(ids, 'question')} with several gold candidates, only the first counts, as officially: {_quoted(ids)}"
    ),
    "no_numbers": _no_numbers,
    "repeated_pairs": lambda count: f"{_many(count, 'duplicate pair')}, counted once",
    "nothing_mined": lambda _: "no mined pairs: the prediction file is empty",
    "blank_gold": lambda _: "all gold answers are empty: this is a test file with hidden labels, not the labels",
    "tag_counts": _tag_counts,
    "unexpected_labels": _unexpected,
    "byte_order_mark": lambda paths: (
        f"a byte order mark, read as part of the first line, as officially: {_quoted(paths)}"
    ),
}
