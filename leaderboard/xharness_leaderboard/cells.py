"""The cells of an entry in leaderboard.json: the mean over all seeds, or the reason why there is no value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import DataError
from xharness.metrics.base import mean
from xharness_leaderboard import statistics
from xharness_leaderboard.entries import Entry, RunRecord, TaskLanguage
from xharness_leaderboard.frame import Frame

if TYPE_CHECKING:
    import numpy as np

BoardCell = dict[str, Any]
Caveat = Mapping[str, Any]


def distinct(caveats: Iterable[Caveat]) -> list[Caveat]:
    """Return caveats, as records have them, each once and the grave ones first."""
    once = {json.dumps(caveat, sort_keys=True): caveat for caveat in caveats}
    return sorted(once.values(), key=lambda caveat: not caveat["grave"])


@dataclass(frozen=True)
class Cells:
    """The cells of an entry by task and language, and their bootstrap replicates, each of shape (resamples,).

    `unread` lists replicate files that could not be read, as {file, reason}.
    """

    shown: dict[str, dict[str, BoardCell]]
    drawn: dict[TaskLanguage, np.ndarray]
    unread: list[dict[str, str]] = field(default_factory=list)


def cells_of(entry: Entry, frame: Frame, odd: Mapping[TaskLanguage, Sequence[str]]) -> Cells:
    """Return the cells of an entry in the known tasks and languages; `odd` are the flags of cells."""
    headlines = {name: task.headline_names for name, task in frame.tasks.items()}
    by_task: dict[str, dict[str, Mapping[int, RunRecord]]] = {}
    for (task, language), by_seed in entry.cells.items():
        by_task.setdefault(task, {})[language] = by_seed
    shown: dict[str, dict[str, BoardCell]] = {}
    for task in sorted(by_task.keys() & headlines.keys()):
        cells = by_task[task]
        seeds = sorted({seed for by_seed in cells.values() for seed in by_seed})
        own = {
            language: _cell(cells[language], seeds, headlines[task], odd.get((task, language), ()))
            for language in sorted(cells.keys() & set(frame.tasks[task].languages))
        }
        if own:
            shown[task] = own
    drawn, unread = _drawn(entry, shown, headlines)
    _intervals(shown, drawn)
    return Cells(shown, drawn, unread)


def _cell(
    records: Mapping[int, RunRecord], seeds: Sequence[int], headline: Sequence[str], flags: Sequence[str]
) -> BoardCell:
    if len(seeds) == 1:
        return _of_seed(records[seeds[0]], seeds[0], headline, flags)
    cells: list[BoardCell] = []
    for seed in seeds:
        cells.append(_of_seed(records.get(seed), seed, headline, flags))
        if cells[-1]["status"] != "ok":
            break
    last, caveats = cells[-1], distinct(caveat for cell in cells for caveat in cell["caveats"])
    if last["status"] != "ok":
        return last | {"reason": f"seed {seeds[len(cells) - 1]}: {last['reason']}", "caveats": caveats}
    metrics = _means([cell["metrics"] for cell in cells])
    by_seed = {seed: value for cell in cells for seed, value in cell["seeds"].items()}
    value = _mean(metrics, headline)
    averaged = {"value": value, "ci95": None, "metrics": metrics, "seeds": by_seed, "caveats": caveats}
    return cells[0] | averaged


def _of_seed(measured: RunRecord | None, seed: int, headline: Sequence[str], flags: Sequence[str]) -> BoardCell:
    if measured is None:
        return _none("not_run", "not run", [], flags)
    record = measured.record
    caveats = distinct(record["caveats"]) if record["caveats"] else []
    if lack := _lack(measured, headline):
        return _none(*lack, caveats, [*flags, *(["conflict"] if measured.conflict else [])])
    scored = record["metrics"]
    metrics = {name: metric["value"] for name, metric in scored.items()}
    value = _mean(metrics, headline)
    return {
        "status": "ok",
        "value": value,
        "ci95": scored[headline[0]]["ci95"] if len(headline) == 1 else None,
        "metrics": metrics,
        "n": record["n"],
        "seeds": {str(seed): value},
        "reason": None,
        "caveats": caveats,
        "flags": [*flags],
    }


def _none(status: str, reason: str, caveats: list[Caveat], flags: Sequence[str]) -> BoardCell:
    none: dict[str, Any] = {"value": None, "ci95": None, "metrics": {}, "n": None, "seeds": {}}
    return {"status": status, **none, "reason": reason, "caveats": caveats, "flags": [*flags]}


def _mean(scores: Mapping[str, float], names: Sequence[str]) -> float:
    return scores[names[0]] if len(names) == 1 else mean([scores[name] for name in names])


def _means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = [name for name in scores[0] if all(name in each for each in scores)]
    return {name: mean([each[name] for each in scores]) for name in names}


def _lack(measured: RunRecord, headline: Sequence[str]) -> tuple[str, str] | None:
    """Return status and reason of a record without a value, None if it has one."""
    status, metrics = measured.record["status"], measured.record["metrics"]
    if measured.conflict:
        return "failed", "runs have different scores for this cell; see the conflicts"
    if status != "ok":
        return status, measured.record["reason"] or "the run ended before this cell"
    for name in headline:
        if name not in metrics:
            return "failed", f"the record has no metric {name}"
    return None


def _drawn(
    entry: Entry, shown: Mapping[str, Mapping[str, BoardCell]], headlines: Mapping[str, Sequence[str]]
) -> tuple[dict[TaskLanguage, np.ndarray], list[dict[str, str]]]:
    drawn: dict[TaskLanguage, np.ndarray] = {}
    unread: list[dict[str, str]] = []
    if not any(record.get("replicates") for run in entry.runs for record in run.content["cells"]):
        return drawn, unread
    for task, cells in shown.items():
        for language, cell in cells.items():
            records = entry.cells[task, language]
            if cell["status"] != "ok" or None in [each.record.get("replicates") for each in records.values()]:
                continue
            try:
                rows = [replicates_of(records[int(seed)], headlines[task]) for seed in cell["seeds"]]
            except DataError as error:
                unread.append({"file": str(error.path), "reason": str(error.problem)})
                continue
            if (averaged := statistics.mean(rows)) is not None:
                drawn[task, language] = averaged
    return drawn, unread


def replicates_of(measured: RunRecord, headline: Sequence[str]) -> np.ndarray | None:
    """Return the replicates of the mean of the headline metrics; None if the run used other headline metrics."""
    tasks = measured.run.content["tasks"]
    if tasks[measured.record["task"]]["metric"].split("+") != list(headline):
        return None
    rows = measured.run.replicates(measured.record)
    return None if rows is None else statistics.mean(list(rows))


def _intervals(shown: Mapping[str, Mapping[str, BoardCell]], drawn: Mapping[TaskLanguage, np.ndarray]) -> None:
    """Set the interval of each cell with replicates, all at once."""
    import numpy as np

    if not drawn:
        return
    bounds = np.percentile(np.stack(list(drawn.values())), (2.5, 97.5), axis=1).T.tolist()
    for (task, language), ci95 in zip(drawn, bounds, strict=True):
        shown[task][language]["ci95"] = ci95
