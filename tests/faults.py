"""Disturb workers and runs on one store and check that it ends as if undisturbed: `python -m tests.faults 10`.

Each trial saves a plan in a new store, starts two workers and a run of the same request on it, and applies one fault at
a random moment. Then a worker and a run finish the plan undisturbed. Scores, predictions and artifacts must be equal to
those of a run in another store, apart from times, and nothing may be left over: no temporary file, no partial work, no
lease. Exit code 1 if a trial fails; its folder is kept.
"""

from __future__ import annotations

import argparse
import errno
import importlib.util
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests import kills, mounts, processes, ray_nodes, toy
from xharness.store.artifacts import DROPPED, Store

TASKS = ("toy-tags", "toy-parity", "toy-pairs", "toy-passages")
ENV = {"TOY_PAUSE": "0.004", "XHARNESS_STALE_AFTER": "1", "XHARNESS_PLUGINS": ""}
_TIMED = "report.json"
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
    files = [path for path in paths if path.is_file() and path.name != _TIMED]
    return records, {str(path.relative_to(folder)).replace(f"{out}/", "out/"): _content(path, folder) for path in files}


def _content(path: Path, folder: Path) -> bytes:
    """Return the bytes of a file; of a manifest only what depends neither on time nor on the folder of the trial."""
    if path.name != "artifact.json":
        return path.read_bytes()
    manifest = json.loads(path.read_text("utf-8").replace(str(folder), ""))
    for field in ("created", "checksum"):
        manifest.pop(field, None)  # a changed bit may have renamed it
    for field in ("files", "sha256"):
        manifest[field].pop(_TIMED, None)
    return json.dumps(manifest, sort_keys=True).encode()


def leftovers(folder: Path) -> list[str]:
    """Return the paths that must not be left in a store on which nothing runs."""
    store = folder / "store"
    found = [*store.glob("locks/*.lease"), *store.glob("plans/*/leases/*"), *store.glob("plans/*/*/.*")]
    return kills.leftovers(folder) + [str(path.relative_to(folder)) for path in found]


class Trial:
    """Two workers and a run on one store, and a fault."""

    def __init__(self, folder: Path, rng: random.Random, seconds: float) -> None:
        self.folder, self.rng, self.seconds = folder, rng, seconds
        self.store = folder / "store"
        self.running: list[processes.Process] = []
        self.damaged: Path | None = None

    def save(self) -> None:
        """Save the plan."""
        shutil.copytree(self.folder.parent / "model", self.folder / "model")
        finished("plan", *request(self.folder, ""), "--save", "all")

    def start(self, prepare: Callable[[], None] = int) -> None:
        """Save the plan and start; `prepare` is called in the first worker and in the run."""
        self.save()
        worker = ("worker", self.store, "--plan", "all", "--no-plugins")
        self.running = [command(*worker, prepare=prepare), command(*worker)]
        self.running.append(command("run", *request(self.folder), prepare=prepare))

    def pause(self) -> None:
        time.sleep(self.rng.uniform(0, self.seconds))

    def artifact(self) -> Path | None:
        """Return the folder of any artifact once there is one."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if found := sorted(self.store.glob("objects/*/*/*/artifact.json")):
                return self.rng.choice(found).parent
            time.sleep(0.01)
        return None

    def end(self) -> None:
        """Wait for all processes, whatever their exit codes, and finish the plan undisturbed."""
        for process in self.running:
            process.communicate(_PATIENCE)
        finished("worker", self.store, "--plan", "all", "--retry-failed", "--no-plugins")
        finished("run", *request(self.folder))


def _signalled(trial: Trial, index: int, numbers: tuple[int, ...]) -> None:
    """Send signals to a process, with a pause after it is stopped."""
    trial.start()
    trial.pause()
    for number in numbers:
        if trial.running[index].poll() is None:
            trial.running[index].send_signal(number)
            time.sleep(2.0 if number == signal.SIGSTOP else 0)


def _stopped(trial: Trial) -> None:
    """Stop a worker, let the others finish without it, then let it continue."""
    trial.start()
    trial.pause()
    stopped = trial.running.pop(0)
    if stopped.poll() is None:
        stopped.send_signal(signal.SIGSTOP)
    for process in trial.running:
        process.communicate(_PATIENCE)
    if stopped.poll() is None:
        stopped.send_signal(signal.SIGCONT)
    trial.running = [stopped]


def _corrupted(trial: Trial) -> None:
    trial.start()
    trial.pause()
    folder = trial.artifact()
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size] if folder else []
    if files:
        path = trial.rng.choice(files)
        content = bytearray(path.read_bytes())
        content[trial.rng.randrange(len(content))] ^= 1
        path.write_bytes(content)
        trial.damaged = folder


def _removed(trial: Trial) -> None:
    trial.start()
    trial.pause()
    if folder := trial.artifact():
        shutil.rmtree(folder, ignore_errors=True)


def _failing(number: int, calls: int) -> None:
    """Let all flushes to disk of this process fail after some calls, as on a full or read-only disk."""
    real, count = os.fsync, 0

    def fsync(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count > calls:
            raise OSError(number, os.strerror(number))
        real(descriptor)

    os.fsync = fsync


def _disk(trial: Trial, number: int) -> None:
    trial.start(partial(_failing, number, trial.rng.randrange(60)))


def _read_only(trial: Trial) -> None:
    if mounts.permitted():
        trial.start(partial(mounts.make_read_only, trial.store, trial.rng.uniform(0, trial.seconds)))
    else:
        _disk(trial, errno.EROFS)


def _ray(trial: Trial, *, head: bool) -> None:
    """Kill all processes of a node of the Ray cluster that performs the run, once there is an artifact."""
    trial.save()
    with ray_nodes.cluster(ENV) as nodes:
        address = f"ray_address={nodes.address}"
        trial.running = [command("run", *request(trial.folder), "--executor", "ray", "--param", address)]
        trial.artifact()
        nodes.kill(head=head)
        trial.running.pop().communicate(_PATIENCE)


def _ahead() -> None:
    """Set the clock of this process one hour ahead."""
    real = time.time
    time.time = lambda: real() + _HOUR


def _clock(trial: Trial) -> None:
    trial.start(_ahead)
    _kill(trial.running[1])


def _two_runs(trial: Trial) -> None:
    trial.start()
    trial.running.append(command("run", *request(trial.folder, "second")))
    trial.pause()
    _kill(trial.running[trial.rng.randrange(2)])


def _kill(process: processes.Process) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)


FAULTS: dict[str, Callable[[Trial], None]] = {
    "kill -9 of a worker": partial(_signalled, index=0, numbers=(signal.SIGKILL,)),
    "kill -9 of the run": partial(_signalled, index=2, numbers=(signal.SIGKILL,)),
    "a worker stopped and continued": _stopped,
    "a worker stopped, then killed": partial(_signalled, index=0, numbers=(signal.SIGSTOP, signal.SIGKILL)),
    "the run stopped and continued": partial(_signalled, index=2, numbers=(signal.SIGSTOP, signal.SIGCONT)),
    "a corrupt artifact": _corrupted,
    "a missing artifact": _removed,
    "a full disk": partial(_disk, number=errno.ENOSPC),
    "a read-only store": _read_only,
    "clocks an hour apart": _clock,
    "two runs on one store": _two_runs,
}
if importlib.util.find_spec("ray"):
    FAULTS["kill -9 of the Ray head"] = partial(_ray, head=True)
    FAULTS["kill -9 of a Ray node"] = partial(_ray, head=False)


def prepared(root: Path) -> tuple[tuple[object, object], float]:
    """Run the request undisturbed below a folder; return its outcome and the seconds that it took."""
    toy.checkpoint(root / "model")
    (root / "whole").mkdir()
    shutil.copytree(root / "model", root / "whole" / "model")
    began = time.monotonic()
    finished("run", *request(root / "whole"))
    return outcome(root / "whole"), time.monotonic() - began


def trial(folder: Path, name: str, rng: random.Random, whole: tuple[object, object], seconds: float) -> list[str]:
    """Apply a fault in a new folder and return what is wrong afterwards."""
    folder.mkdir()
    one = Trial(folder, rng, seconds)
    try:
        FAULTS[name](one)
        one.end()
    except (RuntimeError, TimeoutError) as error:
        return [str(error)]
    second = folder / "second" / "results.json"
    outs = ["out", "second"] if second.exists() else ["out"]
    unread = f"{one.damaged.relative_to(folder)}/" if one.damaged and not usable(one.damaged) else None
    wrong = [f"{out}: {each}" for out in outs for each in _differences(outcome(folder, out), whole, unread)]
    return wrong + [f"left over: {path}" for path in leftovers(folder)]


def usable(folder: Path) -> bool:
    """Return whether a store uses an artifact; one that is damaged after its last use is found by the next one."""
    return Store(folder.parents[3]).sound(folder.parents[1].name, folder.name)


def _differences(
    found: tuple[list[object], dict[str, bytes]], whole: tuple[object, object], unread: str | None
) -> list[str]:
    """Return how an outcome differs from another, apart from the files in the folder `unread`."""
    records, files = whole
    wrong = [] if _neutral(found[0]) == _neutral(records) else ["records differ from those of the undisturbed run"]
    names = {name for name in found[1].keys() | files.keys() if found[1].get(name) != files.get(name)}
    # A checkpoint that is removed after its use is not made again.
    used_up = [name.removesuffix("artifact.json") for name, content in files.items() if _was_dropped(name, content)]
    names -= {name for name in names - found[1].keys() if name.startswith(tuple(used_up))}
    return wrong + [f"another content: {name}" for name in sorted(names) if not unread or not name.startswith(unread)]


def _was_dropped(name: str, content: bytes) -> bool:
    return name.endswith("/artifact.json") and DROPPED in json.loads(content)["about"]


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
