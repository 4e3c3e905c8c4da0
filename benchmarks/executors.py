"""A request with two trainings, with the executor `local` and with `processes`: seconds from end to end, and the ratio.

    python benchmarks/executors.py [--model FOLDER] [--epochs 10] [--languages 4] [--workers 2] [--repeats 3]

XNLI and UDPOS are trained on synthetic English examples and predicted in some languages, in a fresh store each time;
the executors take turns and must give the same scores. On a machine that does other work, compare the seconds that the
cores computed. By default the model is the embedded one of the demo, which is too small to keep several cores busy; a
large one gains from several GPUs rather than from sharing cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the command line has it

from xharness import api
from xharness.registry import Registry
from xharness_tasks.mini import NANO

TASKS = ("xnli", "udpos")


def wish(args: argparse.Namespace, executor: str) -> dict[str, Any]:
    return {
        "model": args.model,
        "tasks": TASKS,
        "languages": ("en", "de", "ru", "zh")[: args.languages],
        "source": "mini",
        "params": {"epochs": args.epochs, "learning_rate": 1e-3, "selection": "last"},
        "dtype": args.dtype,
        "executor": executor,
        "workers": args.workers if executor == "processes" else None,
    }


def measured(args: argparse.Namespace, executor: str, registry: Registry) -> tuple[float, float, list[Any]]:
    """Return the seconds of a run, those that its processes computed, and its scores."""
    before = computed()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        results = api.run(
            api.build(wish(args, executor)), registry=registry, out=Path(folder) / "out", store=Path(folder) / "store"
        )
        seconds = time.perf_counter() - began
    if not all(cell["status"] == "ok" for cell in results["cells"]):
        sys.exit(f"{executor}: {next(cell['reason'] for cell in results['cells'] if cell['reason'])}")
    scores = [(cell["task"], cell["language"], cell["metrics"]) for cell in results["cells"]]
    return seconds, computed() - before, scores


def computed() -> float:
    """Return the seconds that this process and those that it started have computed, on all cores."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(NANO))
    parser.add_argument("--epochs", type=float, default=10)
    parser.add_argument("--languages", type=int, default=4)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    registry = Registry.load(third_parties=False)
    measured(argparse.Namespace(**{**vars(args), "epochs": 0.1}), "local", registry)  # imports, files in memory
    ratios, agree = [], True
    for number in range(args.repeats):
        one, alone, expected = measured(args, "local", registry)
        two, beside, scores = measured(args, "processes", registry)
        agree = agree and scores == expected
        ratios.append(one / two)
        print(
            f"pair {number + 1}: local {one:6.1f} s ({alone:6.1f} s of cores)   "
            f"processes {two:6.1f} s ({beside:6.1f} s of cores)   ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f}; {'the same scores' if agree else 'OTHER SCORES'}")


if __name__ == "__main__":
    main()
