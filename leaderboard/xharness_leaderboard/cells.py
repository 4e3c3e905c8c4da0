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
    by_task: dict[str, dict[str, Mapping[int, Found]]] = {}
    for (task, language), found in sorted(entry.cells.items()):
        by_task.setdefault(task, {})[language] = found
    shown: dict[str, dict[str, Cell]] = {}
    for task, cells in by_task.items():
        known = frame.tasks[task].languages if task in frame.tasks else ()
        seeds = sorted({seed for found in cells.values() for seed in found})
        own = {
            language: _cell(found, seeds, headlines[task], list(odd.get((task, language), ())))
            for language, found in cells.items()
            if language in known
        }
        if own:
            shown[task] = own
    drawn, unread = _drawn(entry, shown, headlines)
    _intervals(shown, drawn)
    return Cells(shown, drawn, unread)


def _cell(found: Mapping[int, Found], seeds: Sequence[int], headline: Sequence[str], flags: list[str]) -> Cell:
    caveats: list[str] = []
    for seed in seeds:
        one = found.get(seed)
        caveats += [text for text in one.record["caveats"] if text not in caveats] if one else []
        if lack := _lack(one, headline):
            status, reason = lack
            flags += ["conflict"] if one and one.conflict else []
            where = f"seed {seed}: " if len(seeds) > 1 else ""
            none: dict[str, Any] = {"value": None, "ci95": None, "metrics": {}, "n": None, "seeds": {}}
            return {"status": status, **none, "reason": f"{where}{reason}", "caveats": caveats, "flags": flags}
    records = [found[seed].record for seed in seeds]
    scores = [{name: metric["value"] for name, metric in record["metrics"].items()} for record in records]
    own = [_mean(each, headline) for each in scores]
    metrics = scores[0] if len(scores) == 1 else _means(scores)
    single = len(records) == len(headline) == 1
    return {
        "status": "ok",
        "value": own[0] if len(own) == 1 else _mean(metrics, headline),
        "ci95": records[0]["metrics"][headline[0]]["ci95"] if single else None,
        "metrics": metrics,
        "n": records[0]["n"],
        "seeds": {str(seed): value for seed, value in zip(seeds, own, strict=True)},
        "reason": None,
        "caveats": caveats,
        "flags": flags,
    }


def _mean(scores: Mapping[str, float], names: Sequence[str]) -> float:
    return scores[names[0]] if len(names) == 1 else mean([scores[name] for name in names])


def _means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = [name for name in scores[0] if all(name in each for each in scores)]
    return {name: mean([each[name] for each in scores]) for name in names}


def _lack(found: Found | None, headline: Sequence[str]) -> tuple[str, str] | None:
    """Return the status and reason of a record that gives no value; None where it gives one."""
    if found is None:
        return "not_run", "not run"
    status, metrics = found.record["status"], found.record["metrics"]
    if found.conflict:
        return "failed", "runs of the same cell disagree: see the conflicts"
    if status != "ok":
        return status, found.record["reason"] or "the run ended before"
    for name in headline:
        if name not in metrics:
            return "failed", f"the record has no {name}"
    return None


def _drawn(
    entry: Entry, shown: Mapping[str, Mapping[str, Cell]], headlines: Mapping[str, Sequence[str]]
) -> tuple[dict[Place, np.ndarray], list[dict[str, str]]]:
    drawn, unread = {}, []
    for task, cells in shown.items():
        for language, cell in cells.items():
            found = entry.cells[task, language]
            if cell["status"] != "ok" or any(each.record.get("replicates") is None for each in found.values()):
                continue
            try:
                rows = [_replicates(found[int(seed)], headlines[task]) for seed in cell["seeds"]]
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
