"""Write which problems of ODEX cannot be judged in a sandbox without packages and network: their solution fails there.

    python tools/make_odex_manifest.py DATA

DATA has the folder `data/` of github.com/zorazrw/odex at the commit of the task. A problem that reaches a limit is run
again alone. It takes some minutes and writes tasks/xharness_tasks/odex_failing.json.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from xharness import Program
from xharness.registry import Registry
from xharness.sandboxing import probes, run_programs
from xharness_tasks import odex

OUT = Path(odex.__file__).with_name("odex_failing.json")
_LIMITS = ("timeout", "memory")


def main(data: Path) -> None:
    """Run the reference solutions of all languages, and write the ids of those that fail with their statuses."""
    registry = Registry.load([], third_parties=False)
    sandbox = next(sandbox for sandbox, problem in probes(registry) if problem is None)
    failing: dict[str, dict[str, str]] = {}
    for language in odex.LANGUAGES:
        rows = list(odex.all_rows(data / f"data/{language}_test.jsonl"))
        codes = [row["prompt"] + row["target"] + (row["suffix"] or "") for row in rows]
        programs = [Program(code=code, tests=row["tests"]) for row, code in zip(rows, codes, strict=True)]
        workers = len(os.sched_getaffinity(0))
        statuses = [outcome.status for outcome in run_programs(sandbox, programs, workers)]
        again = [number for number, status in enumerate(statuses) if status in _LIMITS]
        for number, outcome in zip(again, run_programs(sandbox, _slow(programs[n] for n in again)), strict=True):
            statuses[number] = outcome.status
        failing[language] = {
            row["id"]: status for row, status in zip(rows, statuses, strict=True) if status != "passed"
        }
        print(f"{language}: {len(failing[language])} of {len(rows)} fail in '{sandbox.name}'", file=sys.stderr)
    OUT.write_text(json.dumps(failing, indent=1) + "\n", encoding="utf-8")


def _slow(programs: Iterable[Program]) -> Iterable[Program]:
    return (Program(code=each.code, tests=each.tests, timeout=60.0) for each in programs)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
