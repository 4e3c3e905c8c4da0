"""Time the generation of synthetic examples, for each task.

python benchmarks/mini.py [--size 100000]
"""

from __future__ import annotations

import argparse
import time

from xharness import DataOptions
from xharness.registry import Registry


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="examples per task (default: 100,000)")
    args = parser.parse_args()
    registry = Registry.load(third_parties=False)
    source = registry.get("sources", "mini")
    for name in registry.names("tasks"):
        task = registry.get("tasks", name)
        language, options = task.languages[-1], DataOptions(params={"size": args.size})
        source.load(task, language, task.test_split, DataOptions(params={"size": 10}))
        began = time.perf_counter()
        rows = source.load(task, language, task.test_split, options)
        print(f"{name:10} {language}  {len(rows):>9,} examples  {time.perf_counter() - began:5.1f} s", flush=True)


if __name__ == "__main__":
    main()
