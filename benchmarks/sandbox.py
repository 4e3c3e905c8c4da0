"""Time the sandboxes that work on this machine: programs a second.

    python benchmarks/sandbox.py [--workers 2] [--programs 200] [--data FOLDER]

Programs are small functions with three tests, or the canonical solutions of HumanEval-XL in a folder with its files
(`data/python/English.jsonl`). The time includes opening and closing the sessions. The goal is 15 programs a second on
two cores. As a comparison, `no sandbox` starts an interpreter for each program, without any isolation.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from xharness import Program, Sandbox
from xharness.registry import Registry
from xharness.sandboxing import probes, run_programs

CODE = "def add_{n}(a, b):\n    return a + b + {n}\n"
TESTS = "assert add_{n}(1, 2) == 3 + {n}\nassert add_{n}(0, 0) == {n}\nassert add_{n}(-1, 1) == {n}\n"


def small(count: int) -> list[Program]:
    return [Program(code=CODE.format(n=n), tests=TESTS.format(n=n)) for n in range(count)]


def canonical(folder: Path, count: int) -> list[Program]:
    lines = (folder / "data/python/English.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(lines[number % len(lines)]) for number in range(count)]
    return [
        Program(
            code=row["prompt"] + row["canonical_solution"],
            tests=f"{row['test']}\ncheck({row['entry_point']})",
            timeout=60.0,
        )
        for row in rows
    ]


def sandboxed(sandbox: Sandbox, programs: list[Program], workers: int) -> int:
    return sum(outcome.passed for outcome in run_programs(sandbox, programs, workers))


def plain(programs: list[Program], workers: int) -> int:
    def run(program: Program) -> bool:
        source = f"{program.code}\n{program.tests}"
        return subprocess.run([sys.executable, "-I", "-B", "-c", source], check=False).returncode == 0

    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(run, programs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    programs = canonical(args.data, args.programs) if args.data else small(args.programs)
    ways: dict[str, Callable[[list[Program], int], int]] = {"no sandbox": plain}
    for sandbox, reason in probes(Registry.load(third_parties=False)):
        if reason:
            print(f"{sandbox.name:12} not available: {reason}")
        else:
            ways[sandbox.name] = partial(sandboxed, sandbox)
    for name, run in ways.items():
        start = time.perf_counter()
        passed = run(programs, args.workers)
        seconds = time.perf_counter() - start
        print(f"{name:12} {len(programs) / seconds:6.1f} programs a second, {passed} of {len(programs)} passed")


if __name__ == "__main__":
    main()
