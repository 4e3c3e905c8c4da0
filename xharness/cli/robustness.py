"""What noises, and errors that people made, do to the scores of a run, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness.cli.table import table
from xharness.specs.noises import SEARCH, label

_NATURAL = ("natural errors", "without", "clean", "noisy", "drop", "95 % interval", "relative", "languages")
_HEADS = ("noise", "clean", "noisy", "drop", "95 % interval", "relative", "coverage", "effective", "languages")


def blocks(robustness: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of each task: a row for each noise and severity, and below it what holds for all of them.

    The last table has the tasks with errors that people made.
    """
    for name, task in robustness["tasks"].items():
        rows = [row for row in robustness["noises"] if row["task"] == name]
        noises = len({(row["noise"]["name"], row["noise"].get(SEARCH)) for row in rows})
        yield "\n".join([_title(name, task), _table(rows), *_lines(task, noises), *_searches(rows)])
    if natural := robustness.get("natural"):
        yield table([_natural(row) for row in natural], _NATURAL, right=range(2, len(_NATURAL)))


def _title(name: str, task: Mapping[str, Any]) -> str:
    average = task["average"]
    if average is None:
        return f"{name} with noise: no score"
    return f"{name} with noise: {average['noisy']:.1f}, without {average['clean']:.1f}, drop {_drop(average)}"


def _drop(numbers: Mapping[str, Any]) -> str:
    relative = numbers["relative_drop"]
    interval = "" if numbers["ci95"] is None else f" {_interval(numbers['ci95'])}"
    return f"{numbers['drop']:.1f}{interval}" + ("" if relative is None else f", relative {relative:.1f} %")


def _interval(ci95: Sequence[float] | None) -> str:
    return "" if ci95 is None else f"[{ci95[0]:.1f}, {ci95[1]:.1f}]"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    english = any("en" in row["languages"] and len(row["languages"]) > 1 for row in rows)
    heads = [*_HEADS, *(["drop in en"] if english else [])]
    lines = [[*_row(row), *([_english(row)] if english else [])] for row in rows]
    return table(lines, heads, right=[number for number, head in enumerate(heads) if head != "noise"])


def _row(row: Mapping[str, Any]) -> list[str]:
    numbers = row["average"]
    missing = [code for code in row["missing"] if code != "en" or not row["languages"]]
    if numbers is None:
        return [label(row["noise"]), *[""] * (len(_HEADS) - 2), f"0 of {len(missing)}"]
    effective = numbers["effective"]
    return [
        label(row["noise"]),
        *_scores(numbers),
        f"{numbers['coverage']:.0f} %",
        "-" if effective is None else f"{effective:.0f} %",
        _count(numbers, missing),
    ]


def _scores(numbers: Mapping[str, Any]) -> list[str]:
    """Return clean, noisy, drop, its interval and the relative drop as text."""
    relative = numbers["relative_drop"]
    points = [f"{numbers[name]:.1f}" for name in ("clean", "noisy", "drop")]
    return [*points, _interval(numbers["ci95"]), "-" if relative is None else f"{relative:.1f} %"]


def _count(numbers: Mapping[str, Any], missing: Sequence[str]) -> str:
    """Return how many languages are averaged, of all if some have no score."""
    count = len(numbers["languages"])
    return f"{count} of {count + len(missing)}" if missing else str(count)


def _natural(row: Mapping[str, Any]) -> list[str]:
    numbers = row["average"]
    missing = [code for code in row["missing"] if code != "en" or not row["languages"]]
    if numbers is None:
        return [row["task"], row["clean_task"], *[""] * (len(_NATURAL) - 3), f"0 of {len(missing)}"]
    return [row["task"], row["clean_task"], *_scores(numbers), _count(numbers, missing)]


def _english(row: Mapping[str, Any]) -> str:
    found = row["languages"].get("en")
    return f"{found['drop']:.1f}" if found else ""


def _lines(task: Mapping[str, Any], noises: int) -> Iterator[str]:
    """Yield at each severity the noise with the largest drop, and the accuracy that all noises leave."""
    for severity, found in task["severities"].items():
        parts = []
        worst = found["worst"]
        if worst and noises > 1:
            parts.append(f"worst noise {label(worst['noise'])}, {worst['noisy']:.1f} (drop {worst['drop']:.1f})")
        if robust := found["robust_accuracy"]:
            count = f"{robust['noises']} noise{'s'[: robust['noises'] != 1]}"
            parts.append(f"robust accuracy {robust['value']:.1f} ({count}; {robust['clean']:.1f} without noise)")
        if parts:
            yield f"at severity {severity}: {'; '.join(parts)}"


def _searches(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the number of predictions that searches needed; averages over noises leave them out."""
    found = [row for row in rows if SEARCH in row["noise"] and row["average"]]
    if found:
        each = ", ".join(f"{label(row['noise'])} {row['average']['queries']:.1f}" for row in found)
        yield f"predictions of a search for each example: {each}"


def notes(robustness: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the columns of the tables mean."""
    return NOTES if robustness["noises"] else NOTES[:1]


NOTES = (
    "drop: points lost, means over languages other than English; relative: share of what is above chance",
    "coverage: examples that the noise changes; effective: those whose token ids change",
)
