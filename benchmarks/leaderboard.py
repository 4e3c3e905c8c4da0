"""Time the building of a leaderboard of many synthetic runs, and report the size of its page.

    python benchmarks/leaderboard.py [--entries 200] [--tasks 12] [--languages 50] [--noises 0]

The runs are results files in the format of `xharness run`, one per entry, without replicates; with `--noises`
each cell is also there under that many noises at severities 1, 3 and 5. Reading them is timed separately from building
the leaderboard.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from xharness import LANGUAGES, Classification, Suite
from xharness_leaderboard import writing
from xharness_leaderboard.board import build
from xharness_leaderboard.commands import uncollected
from xharness_leaderboard.published import published
from xharness_leaderboard.records import read_all

SIZES = (4e6, 3e7, 1.1e8, 2.8e8, 5.6e8, 3.5e9)
SEVERITIES = (1, 3, 5)


def record(task: Classification, language: str, recipe: dict, rng: random.Random, level: float) -> dict:
    value = min(100.0, max(0.0, rng.gauss(level, 8)))
    about = {"task": task.name, "language": language, "split": "test", "source": "hub", "recipe": recipe, "noise": None}
    if rng.random() < 0.002:
        missing = {"n": None, "metrics": {}, "predictions": None, "caveats": [], "reason": "StageError: out of memory"}
        return about | {
            "seed": 1,
            "status": "failed",
            **missing,
            "data": {},
            "artifacts": {},
            "model": {},
            "timing": {},
        }
    return about | {
        "seed": 1,
        "status": "ok",
        "n": 1000,
        "metrics": {
            "accuracy": {
                "value": value,
                "ci95": [max(0.0, value - 2.9), min(100.0, value + 2.9)],
                "signature": "accuracy|v:1",
            },
        },
        "predictions": f"predictions/{task.name}/{language}.jsonl",
        "replicates": None,
        "artifacts": {"predict": f"{rng.getrandbits(128):032x}", "checkpoint": f"{rng.getrandbits(128):032x}"},
        "data": {"examples": f"hub:owner/{task.name}@{task.name}:{language}:test"},
        "model": {"device": "cpu", "dtype": "float32", "architecture": "XLMRobertaModel", "max_length": 128},
        "timing": {"seconds": rng.random()},
        "caveats": [],
        "notes": {},
        "reason": None,
    }


def noised(cell: dict, noises: int, rng: random.Random) -> Iterator[dict]:
    """Yield the record of a cell without noise and those under noises."""
    yield cell
    for noise, severity in product(range(noises if cell["metrics"] else 0), SEVERITIES):
        about = {"name": f"noise{noise:02d}", "severity": severity, "version": 1, "seed": 0}
        value = max(0.0, cell["metrics"]["accuracy"]["value"] - severity * rng.uniform(0, 5))
        scored = {"accuracy": {"value": value, "ci95": [0.0, 100.0], "signature": "accuracy|v:1"}}
        notes = {"noise": {"examples": 1000, "changed": 900, "edits": 2000, "character_rate": 5.0, "effective": 850}}
        yield cell | {"noise": about, "metrics": scored, "notes": notes}


def results(number: int, tasks: dict[str, Classification], suite: Suite, noises: int) -> dict:
    rng = random.Random(number)
    name = f"owner/model-{number // 2:03d}"
    recipe = {"name": ("zero-shot", "intermediate")[number % 2], "params": {"learning_rate": 2e-5, "epochs": 3.0}}
    level = rng.uniform(35, 85)
    request = {
        "model": name,
        "suite": suite.name,
        "recipe": recipe["name"],
        "source": "hub",
        "seeds": [1],
        "params": {},
    }
    model = {
        "reference": name,
        "adapter": "hf",
        "revision": f"{rng.getrandbits(160):040x}",
        "fingerprint": f"{number // 2:064x}",
        "architecture": "XLMRobertaForMaskedLM",
        "parameters": int(rng.choice(SIZES)),
        "languages": sorted(LANGUAGES),
        "dtype": "float32",
    }
    clean = [record(task, code, recipe, rng, level) for task in tasks.values() for code in task.languages]
    cells = [each for cell in clean for each in noised(cell, noises, rng)]
    timing = [{"work": "predict", "seconds": rng.uniform(100, 10_000), "tokens": 10**6}]
    run = {"request": request, "plan": [], "model": model, "environment": {"python": "3.11"}}
    return {
        "schema_version": "1.1",
        "run": run | {"plugins": [], "timing": timing, "synthetic": False},
        "cells": cells,
        "tasks": {name: {"metric": "accuracy"} for name in tasks},
        "suites": {suite.name: {}},
    }


@contextmanager
def timed(what: str) -> Iterator[None]:
    start, used = time.perf_counter(), time.process_time()
    yield
    print(f"{what:34} {time.perf_counter() - start:6.2f} s  ({time.process_time() - used:.2f} s of this process)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=200, help="runs (default: 200)")
    parser.add_argument("--tasks", type=int, default=12, help="tasks per run (default: 12)")
    parser.add_argument("--languages", type=int, default=50, help="languages per task (default: 50)")
    parser.add_argument("--noises", type=int, default=0, help="noises per run, at three severities (default: 0)")
    args = parser.parse_args()
    languages = tuple(sorted(LANGUAGES))[: args.languages]
    tasks = {
        name: Classification(name=name, languages=languages, labels=("a", "b"), parallel=True)
        for name in (f"task{number:02d}" for number in range(args.tasks))
    }
    groups = {"first": tuple(tasks)[::2], "second": tuple(tasks)[1::2]}
    suite = Suite(name="synthetic", tasks=dict.fromkeys(tasks, ()), groups=groups)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number in range(args.entries):
            (root / f"run{number}").mkdir()
            file = root / f"run{number}" / "results.json"
            file.write_text(json.dumps(results(number, tasks, suite, args.noises), indent=1), encoding="utf-8")
        files = sorted(root.glob("run*"))
        print(f"{len(files)} runs, {sum((file / 'results.json').stat().st_size for file in files) / 1e6:.0f} MB")
        facts = published().content()
        with uncollected():
            with timed("read and check the runs"):
                runs, refused = read_all(files)
            assert not refused, refused
            start = time.perf_counter()
            with timed("merge, average, rank"):
                board = build(runs, tasks, {suite.name: suite}, published=facts)
            with timed("validate, write the JSON and site"):
                page = writing.write(board, root / "board")
            print(f"{'from runs to page':34} {time.perf_counter() - start:6.2f} s")
        sizes = {file: file.stat().st_size for file in (root / "board").rglob("*") if file.is_file()}
        print(f"leaderboard.json {sizes[root / 'board' / writing.BOARD] / 1e6:.1f} MB")
        print(f"page {sizes.get(page, 0) / 1e6:.2f} MB; {len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB in all")


if __name__ == "__main__":
    sys.exit(main())
