"""`xharness demo`: train, evaluate and compare two recipes with the embedded checkpoint and data."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import BadRequest, check_writable
from xharness_tasks.mini import NANO, stamp

_TRAINING = {"epochs": 3, "learning_rate": 1e-3, "warmup_steps": 10, "selection": "last"}
RECIPES: Mapping[str, Mapping[str, Any]] = {
    "zero-shot": _TRAINING,
    "intermediate": {
        **_TRAINING,
        "intermediate": "xnli",
        **{f"intermediate_{name}": value for name, value in _TRAINING.items()},
    },
}
_ABOUT = """\
A checkpoint of 1.6 million parameters, pre-trained on 50 languages, is fine-tuned on English by two recipes and
evaluated on XTREME, nine tasks in 40 languages. Checkpoint and data are synthetic: the scores show how xharness
works, not what models can do.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo", help="train and evaluate the embedded model on synthetic data, in about two minutes"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="runs/demo", help="output folder of the runs (default: runs/demo)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="training seed (default: 1)")
    parser.add_argument(
        "--store", metavar="DIR", help="folder of the artifacts (default: $XHARNESS_HOME or ~/.cache/xharness)"
    )
    parser.add_argument("--json", action="store_true", help="print the scores of the tasks and the suite as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run both recipes, compare them, and return the exit code: 1 if a cell has no score.

    If nothing has changed since the last call, print what it printed.
    """
    out, code = Path(args.out).expanduser(), 0
    places = {name: str(Path(value).absolute()) for name, value in (("out", out), ("store", args.store)) if value}
    inputs = stamp.inputs({"seed": args.seed, **places}, args.registry.plugins)
    shown = stamp.read(out, inputs)
    if shown:
        again = f"to run all steps again, delete {out / stamp.NAME}"
        print(f"nothing has changed since the last call, whose scores follow; {again}", file=sys.stderr)
    else:
        results = _results(args)
        scores = {name: {part: each[part] for part in ("tasks", "suites")} for name, each in results.items()}
        page = _board(out, results, args.registry)
        shown = {"scores": scores, "table": _compared(results), "board": str(page) if page else None}
        if all(cell["status"] == "ok" for each in results.values() for cell in each["cells"]):
            stamp.write(out, inputs, shown)
        else:
            code = 1
    if args.json:
        print(json.dumps(shown["scores"], indent=1, ensure_ascii=False))
    else:
        print(shown["table"])
        print(_next(out, shown["board"]))
    return code


def _results(args: argparse.Namespace) -> dict[str, Mapping[str, Any]]:
    """Run both recipes and return their results."""
    from xharness import api

    out = check_writable("--out", args.out)
    requests = {recipe: api.build(_request(recipe, args.seed)) for recipe in RECIPES}
    print(_ABOUT, file=sys.stderr)
    stages = [frozenset(api.plan(request, args.registry).jobs) for request in requests.values()]
    results: dict[str, Mapping[str, Any]] = {}
    for number, (recipe, request) in enumerate(requests.items(), start=1):
        print(f"recipe {recipe}", file=sys.stderr)
        results[recipe] = api.run(
            request,
            registry=args.registry,
            out=out / recipe,
            store=args.store,
            display=api.progress(),
            keep=frozenset[str]().union(*stages[number:]),  # checkpoints that the next recipe continues from
        )
    return results


def _request(recipe: str, seed: int) -> dict[str, Any]:
    what = {"model": str(NANO), "suite": "xtreme", "source": "mini"}
    return {**what, "recipe": recipe, "params": RECIPES[recipe], "seeds": [seed]}


def _compared(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a table of the scores of all tasks: English and mean, for each recipe."""
    tasks = next(iter(results.values()))["tasks"]
    lines = [
        f"{'':22}" + "".join(f"{recipe:>16}" for recipe in results),
        f"{'task':12}{'languages':>10}" + f"{'en':>9}{'mean':>7}" * len(results),
    ]
    for name in tasks:
        languages = len({cell["language"] for cell in next(iter(results.values()))["cells"] if cell["task"] == name})
        scores = [score for each in results.values() for score in (_english(each, name), each["tasks"][name]["value"])]
        lines.append(f"{name:12}{languages:>10}" + _columns(scores))
    suites = [score for each in results.values() for score in (None, each["suites"]["xtreme"]["value"])]
    return "\n".join([*lines, f"{'xtreme':12}{'':10}" + _columns(suites)])


def _english(results: Mapping[str, Any], task: str) -> float | None:
    for cell in results["cells"]:
        if cell["task"] == task and cell["language"] == "en" and cell["status"] == "ok":
            values = [cell["metrics"][name]["value"] for name in results["tasks"][task]["metric"].split("+")]
            return float(sum(values) / len(values))
    return None


def _columns(scores: list[float | None]) -> str:
    shown = ["" if score is None else f"{score:.1f}" for score in scores]
    return "".join(f"{text:>{7 if index % 2 else 9}}" for index, text in enumerate(shown))


def _board(out: Path, results: Mapping[str, Mapping[str, Any]], registry: Any) -> Path | None:
    """Build the leaderboard of the runs with `leaderboard build`; None if that is not available."""
    page = out / "board" / "index.html"
    if page.exists() and not any(each["run"]["timing"] for each in results.values()):
        return page
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    registry.add_commands(commands)
    if "leaderboard" not in commands.choices:
        return None
    folders = [str(out / recipe) for recipe in results]
    args = parser.parse_args(["leaderboard", "build", *folders, "--out", str(page.parent), "--title", "xharness demo"])
    args.registry = registry
    try:
        with contextlib.redirect_stdout(sys.stderr):
            args.run(args)
    except BadRequest as error:
        print(f"no leaderboard: {error}", file=sys.stderr)
        return None
    return page


def _next(out: Path, page: str | None) -> str:
    first = out / next(iter(RECIPES))
    board = f"leaderboard of both runs:                        {page}\n" if page else ""
    return f"""
{board}every score, with interval and provenance:       {first / "results.json"}
explain a score:                                 xharness explain {first} xnli sw
your own checkpoint on the same data:            xharness run MODEL --source mini
your own checkpoint on the real data:            xharness run MODEL"""
