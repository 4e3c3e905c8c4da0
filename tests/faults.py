"""Disturb workers and runs on one store and check that it ends as if undisturbed: `python -m tests.faults 10`.

Each trial saves a plan in a new store, starts two workers and a run of the same request on it, and applies one fault at
a random moment. Then a worker and a run finish the plan undisturbed. Scores, predictions and artifacts must be equal to
those of a run in another store, apart from times, and nothing may be left over: no temporary file, no partial work, no
lease. Exit code 1 if a trial fails; its folder is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import processes, toy

TASKS = ("toy-tags", "toy-parity", "toy-pairs", "toy-passages")
ENV = {"TOY_PAUSE": "0.004", "XHARNESS_STALE_AFTER": "1", "XHARNESS_PLUGINS": ""}
_TIMED = ("artifact.json", "report.json")
_PATIENCE = 300.0
_HOUR = 3600.0


def request(folder: Path, out: str = "out") -> list[str]:
    """Return the words after `run` or `plan` for a request whose model, store and output are in a folder."""
    words = [str(folder / "model"), "--source", "toy", "--plugin", toy.__file__, "--dtype", "float32", "--no-plugins"]
    words += [word for task in TASKS for word in ("--task", task)]
    return [*words, "--store", str(folder / "store"), *(("--out", str(folder / out)) if out else ())]


def command(*words: object, prepare: Callable[[], None] = int) -> processes.Process:
    return processes.command(words, ENV, prepare)


def finished(*words: object) -> None:
    """Let a command finish; RuntimeError if it fails."""
    process = command(*words)
    _, errors = process.communicate(_PATIENCE)
    if process.returncode:
        raise RuntimeError(f"{words[0]}: exit code {process.returncode}: {errors.strip().splitlines()[-1:]}")


def outcome(folder: Path, out: str = "out") -> tuple[list[object], dict[str, bytes]]:
    """Return the records of a run without times, and its predictions and artifacts by file name."""
    cells = json.loads((folder / out / "results.json").read_text("utf-8"))["cells"]
    records = [{name: value for name, value in cell.items() if name != "timing"} for cell in cells]
    paths = [*(folder / out / "predictions").rglob("*.jsonl"), *(folder / "store" / "objects").glob("*/*/*/*")]
    files = [path for path in paths if path.is_file() and path.name not in _TIMED]
    return records, {str(path.relative_to(folder)).replace(f"{out}/", "out/"): path.read_bytes() for path in files}


def leftovers(folder: Path) -> list[str]:
    """Return the paths that must not be left in a store on which nothing runs."""
    store = folder / "store"
    second = folder / "second" / "results.json"
    outs = ["out", "second"] if second.exists() else ["out"]
    wrong = [f"{out}: {each}" for out in outs for each in _differences(outcome(folder, out), whole)]
    return wrong + [f"left over: {path}" for path in leftovers(folder)]


def _differences(found: tuple[list[object], dict[str, bytes]], whole: tuple[object, object]) -> list[str]:
    records, files = whole
    wrong = [] if _neutral(found[0]) == _neutral(records) else ["records differ from those of the undisturbed run"]
    names = {name for name in found[1].keys() | files.keys() if found[1].get(name) != files.get(name)}
    return wrong + [f"another content: {name}" for name in sorted(names)]


def _neutral(records: object) -> str:
    return json.dumps(records, sort_keys=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the trials and print what failed; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("trials", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the moments (default: 1)")
    args = parser.parse_args(arguments)
    rng, root = random.Random(args.seed), Path(tempfile.mkdtemp(prefix="faults-"))
    whole, seconds = prepared(root)
    failed = 0
    for number in range(args.trials):
        name = list(FAULTS)[number % len(FAULTS)]
        began = time.monotonic()
        wrong = trial(root / f"{number}", name, rng, whole, seconds)
        failed += bool(wrong)
        print(f"{name}: {'failed' if wrong else 'ok'}  ({time.monotonic() - began:.0f} s)", flush=True)
        for problem in wrong:
            print(f"  {root / str(number)}: {problem}", flush=True)
        if not wrong:
            shutil.rmtree(root / f"{number}")
    print(f"{args.trials - failed} of {args.trials} trials ended as if undisturbed")
    if not failed:
        shutil.rmtree(root)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
