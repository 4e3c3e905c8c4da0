"""`xharness explain`: the checkpoint, data, selection, layer and settings behind a score."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Mapping
from typing import Any

from xharness.errors import BadRequest, unknown
from xharness.languages import LANGUAGES, canonical
from xharness.run.records.results import read
from xharness.specs.noises import DEFAULT_SEVERITY, label


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("explain", help="show the checkpoint, data, training and settings behind a score")
    parser.add_argument("folder", metavar="RUN", help="folder of a run, or its results.json")
    parser.add_argument("task", metavar="TASK", help="a task of the run")
    parser.add_argument("language", metavar="LANG", help="a language of the task")
    parser.add_argument("--seed", type=int, metavar="N", help="the seed, if the run has several")
    parser.add_argument("--noise", metavar="N:S", help="the score with a noise, as the run names it: char_swap:3")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the provenance of the scores of a cell."""
    _, results = read(args.folder)
    cell = _cell(results, args)
    story = _story(results, cell)
    if args.json:
        print(json.dumps(story, indent=1, ensure_ascii=False))
        return 0
    for title, content in story.items():
        if not content:
            continue
        print(f"{title}:")
        for name, value in content.items():
            print(f"  {name:<16} {_shown(value)}")
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and value.keys() == {"value", "ci95", "signature"}:
        interval = "  95% {:.2f} to {:.2f}".format(*value["ci95"]) if value["ci95"] else ""
        return f"{value['value']:.2f}{interval}  {value['signature']}"
    if isinstance(value, Mapping) and all(map(_changed, value.values())):
        return ", ".join(f"{name} {each['before']:.2f} to {each['after']:.2f}" for name, each in value.items()) or "{}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _changed(value: Any) -> bool:
    """Return whether a value is a number before and after a training."""
    return isinstance(value, Mapping) and all(type(value.get(when)) in (int, float) for when in ("before", "after"))


def _cell(results: Mapping[str, Any], args: argparse.Namespace) -> Mapping[str, Any]:
    cells = results["cells"]
    tasks = {cell["task"] for cell in cells}
    if args.task not in tasks:
        raise unknown("task", args.task, tasks)
    language = _language(args.language, {cell["language"] for cell in cells if cell["task"] == args.task})
    own = [cell for cell in cells if (cell["task"], cell["language"]) == (args.task, language)]
    noise = _noise(args.noise, own)
    by_seed = {cell["seed"]: cell for cell in own if _label(cell) == noise}
    seeds = f"{args.task} {language} has seed{'s'[: len(by_seed) > 1]} {', '.join(map(str, sorted(by_seed)))}"
    if args.seed is None and len(by_seed) > 1:
        raise BadRequest(f"{seeds}; choose one with --seed")
    if args.seed is not None and args.seed not in by_seed:
        raise BadRequest(f"{seeds}, not {args.seed}; choose one of them with --seed")
    return dict(next(iter(by_seed.values())) if args.seed is None else by_seed[args.seed])


def _label(cell: Mapping[str, Any]) -> str | None:
    return label(cell["noise"]) if cell["noise"] else None


def _noise(asked: str | None, cells: Collection[Mapping[str, Any]]) -> str | None:
    """Return which of the noises of cells is meant; BadRequest if there is none of that name."""
    known = {name for cell in cells if (name := _label(cell))}
    if asked is None or asked in known:
        return asked
    if f"{asked}:{DEFAULT_SEVERITY}" in known:
        return f"{asked}:{DEFAULT_SEVERITY}"
    if not known:
        raise BadRequest(f"noise '{asked}': the run has no noise")
    raise unknown("noise", asked, known)


def _language(spelling: str, known: Collection[str]) -> str:
    """Return the code in the run for a spelling of a language; raise BadRequest if the run does not have it."""
    codes = {canonical(code): code for code in known} | {code: code for code in known}
    code = spelling if spelling in codes else canonical(spelling)
    if code in codes:
        return codes[code]
    if code in LANGUAGES:
        raise BadRequest(
            f"language '{spelling}' ({LANGUAGES[code].name}) is not in this run of the task; available: "
            f"{', '.join(sorted(known))}"
        )
    raise unknown("language", spelling, known)


def _story(results: Mapping[str, Any], cell: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    run = results["run"]
    story: dict[str, dict[str, Any]] = {
        "cell": {name: cell[name] for name in ("task", "language", "split", "seed", "status", "n")},
        "scores": dict(cell["metrics"]),
        "model": dict(run["model"]),
        "inference": dict(cell["model"]),
        "data": {"source": cell["source"], **cell["data"]},
    }
    if cell.get("way"):
        story["asked"] = dict(cell["way"])
    if cell["noise"]:
        story["noise"] = {**cell["noise"], **cell["notes"].get("noise", {})}
    if cell["reason"]:
        story["cell"]["reason"] = cell["reason"]
    stages = {stage["key"]: stage for stage in run["plan"]}
    key = cell["artifacts"].get("predict")
    for number, stage in enumerate(_chain(stages, key)):
        title = f"stage {number + 1}, {stage['kind']} {stage['key'][:12]}"
        story[title] = {**stage["params"], **({"data": stage["data"]} if stage["data"] else {})}
        story[title] |= stage.get("report") or {}
    if cell["caveats"] or cell["notes"]:
        texts = {f"caveat {number}": each["text"] for number, each in enumerate(cell["caveats"], 1)}
        story["notes"] = {**texts, **{name: value for name, value in cell["notes"].items() if name != "noise"}}
    environment = run["environment"]
    story["environment"] = {
        name: environment.get(name) for name in ("xharness", "revision", "python", "processor", "cores")
    }
    story["environment"] |= {name: version for name, version in environment.get("packages", {}).items() if version}
    return story


def _chain(stages: Mapping[str, Any], key: str | None) -> list[Mapping[str, Any]]:
    """Return a stage after all that it needs, each once, in the order in which they run."""
    chain: dict[str, Mapping[str, Any]] = {}
    waiting = [] if key is None else [(key, False)]
    seen: set[str] = set()
    while waiting:
        name, ready = waiting.pop()
        if ready:
            chain[name] = stages[name]
        elif name in stages and name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(need, False) for need in reversed(stages[name]["needs"])]
    return list(chain.values())
