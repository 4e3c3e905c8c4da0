"""Kill runs at random moments and check that they end as if undisturbed: `python -m tests.kills 100`.

Each trial starts a run in a new store, kills it with SIGKILL up to three times, lets the same command finish, and
compares scores and predictions with those of an undisturbed run. Nothing may be left over: no temporary file or folder,
no partial work. `--nano` trains the embedded checkpoint instead of the toy model, which takes longer. Exit code 1 if a
trial fails; its folder is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import xharness_tasks
from tests import processes, toy

_TOY = ("toy-tags", "toy-parity", "toy-qa", "toy-pairs", "toy-mining", "toy-passages")
_NANO = ("udpos", "xquad", "tatoeba")
_KILLS = 3


def line(folder: Path, *, nano: bool) -> list[str]:
    """Return the command of a run with its store and output in a folder."""
    if nano:
        checkpoint = Path(xharness_tasks.__file__).parent / "mini" / "nano"
        words = ["run", str(checkpoint), "--source", "mini", "--limit", "16", "--lang", "en", "--lang", "de", "--exact"]
        params = {"epochs": 2, "batch_size": 4, "eval_steps": 1, "selection": "dev"}
        words += [word for name, value in params.items() for word in ("--param", f"{name}={value}")]
    else:
        toy.checkpoint(folder / "model")
        words = ["run", str(folder / "model"), "--source", "toy", "--plugin", toy.__file__, "--dtype", "float32"]
    words += [word for task in (_NANO if nano else _TOY) for word in ("--task", task)]
    return [*words, "--no-plugins", "--out", str(folder / "out"), "--store", str(folder / "store")]


def outcome(folder: Path) -> tuple[list[object], dict[str, bytes]]:
    """Return the scores of a finished run and its predictions by file name."""
    results = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    scores = [[cell[name] for name in ("task", "language", "status", "metrics")] for cell in results["cells"]]
    predictions = folder / "out" / "predictions"
    return scores, {str(path.relative_to(predictions)): path.read_bytes() for path in predictions.rglob("*.jsonl")}


def leftovers(folder: Path) -> list[str]:
    """Return the paths that a finished run must not leave."""
    store = folder / "store"
    found = [*store.glob("tmp/*"), *store.glob("scratch/*/*/*"), *folder.rglob("*.tmp"), *folder.glob("out/.*")]
    found += store.glob("vectors/*")
    return sorted(str(path.relative_to(folder)) for path in found)


def killed(words: list[str], env: dict[str, str], moments: list[float]) -> int:
    """Start a run and kill it after each of some times in seconds; return how many kills met a running process."""
    kills = 0
    for seconds in moments:
        process = processes.command(words, env)
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    return kills


def finished(words: list[str], env: dict[str, str]) -> float:
    """Let a run finish and return the seconds that it took; RuntimeError if it fails."""
    began = time.monotonic()
    process = processes.command(words, env)
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode}: {errors.strip().splitlines()[-1:]}")
    return time.monotonic() - began


def trial(folder: Path, whole: tuple[object, object], moments: list[float], *, nano: bool) -> tuple[int, list[str]]:
    """Kill a run at some moments and let it finish; return the number of kills and what is wrong afterwards."""
    words, env = line(folder, nano=nano), {"TOY_PAUSE": "0.001"}
    kills = killed(words, env, moments)
    try:
        finished(words, env)
    except RuntimeError as error:
        return kills, [str(error)]
    wrong = [] if outcome(folder) == whole else ["scores or predictions differ from those of the undisturbed run"]
    return kills, wrong + [f"left over: {path}" for path in leftovers(folder)]


def main(arguments: list[str] | None = None) -> int:
    """Run the trials and print what failed; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__.partition("\n")[0])
    parser.add_argument("trials", type=int, metavar="N")
    parser.add_argument("--nano", action="store_true", help="train the embedded checkpoint")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the moments (default: 1)")
    args = parser.parse_args(arguments)
    rng, root = random.Random(args.seed), Path(tempfile.mkdtemp(prefix="kills-"))
    (root / "whole").mkdir()
    words, env = line(root / "whole", nano=args.nano), {"TOY_PAUSE": "0.001"}
    finished(words, env)  # starts the server of processes, which takes seconds
    shutil.rmtree(root / "whole")
    (root / "whole").mkdir()
    seconds = finished(line(root / "whole", nano=args.nano), env)
    whole, kills, failed = outcome(root / "whole"), 0, 0
    for number in range(1, args.trials + 1):
        folder = root / f"{number}"
        folder.mkdir()
        moments = [rng.uniform(0, seconds) for _ in range(rng.randint(1, _KILLS))]
        own, wrong = trial(folder, whole, moments, nano=args.nano)
        kills, failed = kills + own, failed + bool(wrong)
        for problem in wrong:
            print(f"trial {number} ({folder}): {problem}", flush=True)
        if not wrong:
            shutil.rmtree(folder)
    print(f"{args.trials - failed} of {args.trials} trials ended as if undisturbed, after {kills} kills")
    if not failed:
        shutil.rmtree(root)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
