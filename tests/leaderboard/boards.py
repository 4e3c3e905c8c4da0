"""Synthetic boards of any size, in the form of leaderboard.json."""

from __future__ import annotations

import random
from typing import Any

from xharness import LANGUAGES

TASKS = {
    "xnli": ("classification", "accuracy"),
    "pawsx": ("classification", "accuracy"),
    "xcopa": ("classification", "accuracy"),
    "udpos": ("structured", "f1"),
    "panx": ("structured", "f1"),
    "xquad": ("qa", "exact_match+f1"),
    "mlqa": ("qa", "exact_match+f1"),
    "tydiqa": ("qa", "exact_match+f1"),
    "bucc2018": ("retrieval", "f1"),
    "tatoeba": ("retrieval", "accuracy"),
    "lareqa": ("retrieval", "map@20"),
    "mewslix": ("retrieval", "map@20"),
}
SIZES = (118_000_000, 178_000_000, 278_000_000, 560_000_000, 1_200_000_000)
SUITE = "xtreme"


def board(entries: int = 6, tasks: int = 4, languages: int = 8, **changed: Any) -> dict[str, Any]:
    """Return a board whose first suite holds all tasks; `changed` replaces parts of it.

    Every third entry is an intermediate recipe of the zero-shot entry before it; the last entry is not complete.
    """
    draw = random.Random(7)
    names, codes = list(TASKS)[:tasks], ["en", *sorted(set(LANGUAGES) - {"en"})][:languages]
    counted = dict.fromkeys(names, codes)
    groups: dict[str, list[str]] = {}
    for task in names:
        groups.setdefault(TASKS[task][0], []).append(task)
    made = [entry(place, counted, groups, draw, whole=place + 1 < entries) for place in range(entries)]
    ranked = sorted((each for each in made if each["suites"][SUITE]["complete"]), key=_value, reverse=True)
    for place, each in enumerate(ranked, 1):
        each["suites"][SUITE] |= {"rank": place, "rank95": [max(1, place - 1), min(len(ranked), place + 1)]}
    return {
        "schema_version": "1.1",
        "made_by": "xharness 0.1.0",
        "title": "Leaderboard",
        "synthetic": False,
        "languages": {code: _language(code) for code in codes},
        "tasks": {task: _task(task, codes) for task in names},
        "suites": {SUITE: {"tasks": counted, "groups": groups, "higher_is_better": True}},
        "comparisons": {SUITE: _comparisons(ranked, names)},
        "entries": made,
        "published": [],
        "sources": {},
        "published_conflicts": [],
        "conflicts": [],
        "refused": [],
        **changed,
    }


def robustness(content: dict[str, Any], severities: tuple[int, ...] = (1, 3, 5)) -> dict[str, Any]:
    """Return scores under two noises for the entries of a board; those of the second noise are worse."""
    entries = []
    for place, each in enumerate(content["entries"]):
        about = [(None, None, 3.0), ("edit", None, 2.0), ("case", None, 4.0)]
        about += [("edit", {"name": "swap", "version": 1}, 2.0), ("case", {"name": "upper", "version": 2}, 4.0)]
        averages = [_noisy(60.0 + place, loss + place / 10, severities, family, noise) for family, noise, loss in about]
        first = content["entries"][0]["id"]
        entries.append({"entry": each["id"], "grid": "g", "reference": first, "averages": averages, "noises": []})
    return {"entries": entries}


def _noisy(
    clean: float, loss: float, severities: tuple[int, ...], family: str | None, noise: dict[str, Any] | None
) -> dict[str, Any]:
    def scores(drop: float) -> dict[str, Any]:
        drops = {"drop": drop, "ci95": [drop - 1, drop + 1], "relative_drop": 2 * drop, "relative_ci95": None}
        return {"clean": clean, "noisy": clean - drop, **drops, "coverage": 87.0, "effective": 50.0}

    worst = {"worst": {"noise": {"name": "upper", "version": 2}, "drop": 2 * loss}}
    return {
        "task": None,
        "family": family,
        "noise": noise,
        "average": scores(loss),
        "severities": {str(severity): scores(loss * severity / 3) | worst for severity in severities},
        "missing": 0,
        "mce": 100.0 + loss,
        "relative_mce": 90.0 + loss,
        "effective_robustness": None,
    }


def entry(
    place: int, counted: dict[str, list[str]], groups: dict[str, list[str]], draw: random.Random, *, whole: bool = True
) -> dict[str, Any]:
    """Return an entry; one that is not `whole` lacks cells, each with its own reason."""
    recipe = "intermediate" if place % 3 == 2 else "zero-shot"
    model = place - (recipe == "intermediate")
    level = 50 + (model * 7) % 23 + 2 * (recipe == "intermediate")
    cells = {task: {code: _cell(task, level - 3 * at + draw.uniform(-9, 9), draw) for code in codes}
             for at, (task, codes) in enumerate(counted.items())}  # fmt: skip
    if not whole:
        last = list(cells)[-1]
        for code, status in zip(counted[last][1:], ("failed", "skipped", "not_run")):
            cells[last][code] = _missing(status)
    tasks = {task: _average(task, cells[task]) for task in counted}
    seconds = 30 + 400 * draw.random()
    reference = f"example/encoder-{model}"
    return {
        "id": f"encoder-{model}-{recipe}-{place:08x}",
        "model": {
            "reference": reference,
            "revision": "abc123",
            "fingerprint": f"sha256:{model:064x}",
            "architecture": "XLMRobertaModel",
            "adapter": "hf",
            "parameters": SIZES[model % len(SIZES)],
            "languages": None,
        },
        "recipe": {"name": recipe, "params": {"tasks": ["mnli"]} if recipe == "intermediate" else {}},
        "source": "local",
        "dtype": "float32",
        "noise": None,
        "ways": {},
        "trained_on": {task: [*(["mnli"] if recipe == "intermediate" else []), task] for task in counted},
        "seeds": [1],
        "runs": [_run(reference, recipe, seconds)],
        "cells": cells,
        "tasks": tasks,
        "suites": {SUITE: _suite(tasks, groups)},
        "completeness": _share(cells),
        "seconds": seconds,
        "flags": [],
    }


def _value(one: dict[str, Any]) -> float:
    return float(one["suites"][SUITE]["value"])


def _language(code: str) -> dict[str, Any]:
    known = LANGUAGES[code]
    return {
        "name": known.name,
        "native": known.native,
        "family": known.family,
        "script": known.script,
        "right_to_left": known.direction == "rtl",
    }


def _task(name: str, codes: list[str]) -> dict[str, Any]:
    kind, metric = TASKS[name]
    return {"kind": kind, "metric": metric, "higher_is_better": True, "languages": codes, "parallel": True}


def _cell(task: str, value: float, draw: random.Random) -> dict[str, Any]:
    half = draw.uniform(0.5, 2)
    return {
        "status": "ok",
        "value": value,
        "ci95": [value - half, value + half],
        "metrics": dict.fromkeys(TASKS[task][1].split("+"), value),
        "n": draw.randint(200, 5000),
        "seeds": {"1": value},
        "reason": None,
        "caveats": [],
        "flags": [],
    }


def _missing(status: str) -> dict[str, Any]:
    return {
        "status": status,
        "value": None,
        "ci95": None,
        "metrics": {},
        "n": None,
        "seeds": {},
        "reason": f"it was {status} because of a test",
        "caveats": [],
        "flags": [],
    }


def _average(task: str, cells: dict[str, dict[str, Any]]) -> dict[str, Any]:
    values = {code: cell["value"] for code, cell in cells.items() if cell["status"] == "ok"}
    complete = len(values) == len(cells)
    value = sum(values.values()) / len(values) if complete else None
    others = [number for code, number in values.items() if code != "en"]
    places: dict[str, dict[str, list[float]]] = {"family": {}, "script": {}}
    for code, number in values.items():
        for kind, means in places.items():
            means.setdefault(str(_language(code)[kind]), []).append(number)
    return {
        "value": value,
        "ci95": None if value is None else [value - 0.8, value + 0.8],
        "spread": None,
        "metrics": {} if value is None else dict.fromkeys(TASKS[task][1].split("+"), value),
        "complete": complete,
        "missing": [code for code in cells if code not in values],
        "transfer_gap": values["en"] - sum(others) / len(others) if complete and others else None,
        "by_family": {name: sum(found) / len(found) for name, found in places["family"].items()},
        "by_script": {name: sum(found) / len(found) for name, found in places["script"].items()},
        "worst": sorted(values, key=lambda code: values[code])[:3],
    }


def _suite(tasks: dict[str, dict[str, Any]], groups: dict[str, list[str]]) -> dict[str, Any]:
    missing = [name for name, task in tasks.items() if not task["complete"]]
    value = None if missing else sum(task["value"] for task in tasks.values()) / len(tasks)
    shown = {}
    for group, names in groups.items():
        lacking = [name for name in names if name in missing]
        mean = None if lacking else sum(tasks[name]["value"] for name in names) / len(names)
        shown[group] = {"value": mean, "complete": not lacking, "missing": lacking}
    return {
        "value": value,
        "ci95": None if value is None else [value - 0.5, value + 0.5],
        "complete": not missing,
        "missing": missing,
        "tasks": {name: task["value"] for name, task in tasks.items()},
        "groups": shown,
        "category_mean": None,
        "rank": None,
        "rank95": None,
    }


def _run(reference: str, recipe: str, seconds: float) -> dict[str, Any]:
    return {
        "request": {"model": reference, "recipe": recipe, "seeds": [1], "source": "local"},
        "environment": {
            "xharness": "0.1.0",
            "revision": "0123456789abcdef",
            "python": "3.12.1",
            "platform": "Linux",
            "processor": "a processor",
            "cores": 8,
            "packages": {"torch": "2.9.0", "transformers": "5.0.0", "peft": None},
        },
        "command": f"xharness run {reference}@abc123 --suite {SUITE} --recipe {recipe} --source local --data data",
        "seconds": seconds,
    }


def _share(cells: dict[str, dict[str, dict[str, Any]]]) -> float:
    every = [cell["status"] == "ok" for each in cells.values() for cell in each.values()]
    return sum(every) / len(every)


def _comparisons(ranked: list[dict[str, Any]], tasks: list[str]) -> list[dict[str, Any]]:
    """Compare each with the first and the next, as boards of many entries do."""
    places = {(0, place) for place in range(1, len(ranked))} | {(place, place + 1) for place in range(len(ranked) - 1)}
    return [_compared(ranked[a], ranked[b], tasks) for a, b in sorted(places)]


def _compared(one: dict[str, Any], other: dict[str, Any], tasks: list[str]) -> dict[str, Any]:
    rows = {task: _difference(one["tasks"][task]["value"] - other["tasks"][task]["value"]) for task in tasks}
    return {"a": one["id"], "b": other["id"], **_difference(_value(one) - _value(other)), "tasks": rows}


def _difference(by: float) -> dict[str, Any]:
    p = 0.002 if abs(by) > 1.5 else 0.4
    return {"difference": by, "ci95": [by - 1.5, by + 1.5], "p": p, "p_holm": min(1.0, 5 * p)}
