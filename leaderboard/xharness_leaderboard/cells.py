"""The cells of an entry as the board shows them: a value over all seeds, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import DataError
from xharness_leaderboard import statistics
from xharness_leaderboard.entries import Entry, Found, Place
from xharness_leaderboard.frame import Frame
from xharness_leaderboard.gaps import mean

if TYPE_CHECKING:
    import numpy as np

Cell = dict[str, Any]


@dataclass(frozen=True)
class Cells:
    """The cells of an entry by task and language, and their replicates, each of shape (resamples,).

    `unread` says which files of replicates could not be read.
    """

    shown: dict[str, dict[str, Cell]]
    drawn: dict[Place, np.ndarray]
    unread: list[dict[str, str]] = field(default_factory=list)


def cells_of(entry: Entry, frame: Frame, odd: Mapping[Place, Sequence[str]]) -> Cells:
    """Return the cells of an entry in the tasks and languages that are known; `odd` are flags of places."""
    headlines = {name: task.headline_names for name, task in frame.tasks.items()}
    languages = {name: set(task.languages) for name, task in frame.tasks.items()}
    places = [place for place in sorted(entry.cells) if place[1] in languages.get(place[0], ())]
    seeds: dict[str, set[int]] = {}
    for task, language in places:
        seeds.setdefault(task, set()).update(entry.cells[task, language])
    ordered = {task: sorted(found) for task, found in seeds.items()}
    shown: dict[str, dict[str, Cell]] = {}
    for task, language in places:
        found, flags = entry.cells[task, language], list(odd.get((task, language), ()))
        shown.setdefault(task, {})[language] = _cell(found, ordered[task], headlines[task], flags)
    drawn, unread = _drawn(entry, shown, headlines)
    _intervals(shown, drawn)
    return Cells(shown, drawn, unread)


def _cell(found: Mapping[int, Found], seeds: Sequence[int], headline: Sequence[str], flags: list[str]) -> Cell:
    caveats = list(dict.fromkeys(text for seed in seeds if seed in found for text in found[seed].record["caveats"]))
    for seed in seeds:
        if lack := _lack(found.get(seed), headline):
            status, reason = lack
            flags += ["conflict"] if seed in found and found[seed].conflict else []
            where = f"seed {seed}: " if len(seeds) > 1 else ""
            return _shown(status, reason=f"{where}{reason}", caveats=caveats, flags=flags)
    records = [found[seed].record for seed in seeds]
    names = [name for name in records[0]["metrics"] if all(name in record["metrics"] for record in records)]
    metrics = {name: mean([record["metrics"][name]["value"] for record in records]) for name in names}
    own = {
        str(seed): mean([record["metrics"][name]["value"] for name in headline])
        for seed, record in zip(seeds, records, strict=True)
    }
    ci95 = records[0]["metrics"][headline[0]]["ci95"] if len(records) == len(headline) == 1 else None
    value = mean([metrics[name] for name in headline])
    n = records[0]["n"]
    return _shown("ok", value=value, ci95=ci95, metrics=metrics, n=n, seeds=own, caveats=caveats, flags=flags)


def _shown(
    status: str,
    *,
    value: float | None = None,
    ci95: list[float] | None = None,
    metrics: dict[str, float] | None = None,
    n: int | None = None,
    seeds: dict[str, float] | None = None,
    reason: str | None = None,
    caveats: list[str],
    flags: list[str],
) -> Cell:
    return {
        "status": status,
        "value": value,
        "ci95": ci95,
        "metrics": metrics or {},
        "n": n,
        "seeds": seeds or {},
        "reason": reason,
        "caveats": caveats,
        "flags": flags,
    }


def _lack(found: Found | None, headline: Sequence[str]) -> tuple[str, str] | None:
    """Return the status and reason of a record that gives no value; None where it gives one."""
    if found is None:
        return "not_run", "not run"
    status = found.record["status"]
    if found.conflict:
        return "failed", "runs of the same cell disagree: see the conflicts"
    if status != "ok":
        return status, found.record["reason"] or "the run ended before"
    missing = [name for name in headline if name not in found.record["metrics"]]
    return ("failed", f"the record has no {missing[0]}") if missing else None


def _drawn(
    entry: Entry, shown: Mapping[str, Mapping[str, Cell]], headlines: Mapping[str, Sequence[str]]
) -> tuple[dict[Place, np.ndarray], list[dict[str, str]]]:
    drawn, unread = {}, []
    for task, cells in shown.items():
        for language, cell in cells.items():
            if cell["status"] != "ok":
                continue
            try:
                rows = [_replicates(entry.cells[task, language][int(seed)], headlines[task]) for seed in cell["seeds"]]
            except DataError as error:
                file, _, reason = str(error).partition(": ")
                unread.append({"file": file, "reason": reason})
                continue
            if (averaged := statistics.mean(rows)) is not None:
                drawn[task, language] = averaged
    return drawn, unread


def _replicates(found: Found, headline: Sequence[str]) -> np.ndarray | None:
    """Return the replicates of the mean of the headline metrics; None where the record's are others."""
    tasks = found.run.content["tasks"]
    if tasks[found.record["task"]]["metric"].split("+") != list(headline):
        return None
    rows = found.run.replicates(found.record)
    return None if rows is None else statistics.mean(list(rows))


def _intervals(shown: Mapping[str, Mapping[str, Cell]], drawn: Mapping[Place, np.ndarray]) -> None:
    """Give each cell that has replicates the interval that they give, all at once."""
    import numpy as np

    if not drawn:
        return
    bounds = np.percentile(np.stack(list(drawn.values())), (2.5, 97.5), axis=1).T.tolist()
    for (task, language), ci95 in zip(drawn, bounds, strict=True):
        shown[task][language]["ci95"] = ci95
