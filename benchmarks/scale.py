"""Time what grows with an experiment: workers, plans, reading, and a lab of 64 GPUs with simulated work.

    python benchmarks/scale.py --workers             two workers on a core each against one, on independent works
    python benchmarks/scale.py --cells [--rows 10]   make, save and read a plan of about 100,000 cells; the overhead
    python benchmarks/scale.py --read [--runs 575]   read a finished experiment
    python benchmarks/scale.py --simulate            64 workers and 1,000 checkpoints a day: what grows, and how fast

Each line has the seconds on the clock, and of CPU: on a machine that does other work, compare the latter. The ratio of
`--workers` is only right on a machine without other work.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import xharness
from xharness import api
from xharness.registry import Registry
from xharness.run import working_off
from xharness.run.pending_works import PendingWorks
from xharness.run.replanning import described, replanned
from xharness.run.works import works_of
from xharness.scale import plan_file
from xharness.scale.saving import save
from xharness.scale.shared import Outcome, Shared
from xharness.specs.works import Emit, Ended, Work
from xharness.store.artifacts import Store
from xharness_tasks.mini import NANO

RECIPES = (
    ("zero-shot", {}),
    ("lora", {}),
    ("joint", {}),
    ("few-shot", {}),
    ("intermediate", {"intermediate": "mnli"}),
    ("intermediate", {"intermediate": "mnli", "epochs": 2}),
    ("mlm-continued", {}),
    ("zero-shot", {"epochs": 2}),
    ("zero-shot", {"epochs": 3}),
    ("zero-shot", {"epochs": 4}),
)
SEVERITIES = "1,2,3,4"
GPUS, CHECKPOINTS, CELL = 64, 1000, 0.01


@contextmanager
def timed(what: str) -> Iterator[None]:
    start, used = time.perf_counter(), time.process_time()
    yield
    line(what, time.perf_counter() - start, time.process_time() - used)


class Stopwatch:
    """Adds up the times of several blocks."""

    def __init__(self, what: str) -> None:
        self.what, self.clock, self.used = what, 0.0, 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.clock += time.perf_counter() - self._began[0]
        self.used += time.process_time() - self._began[1]

    def show(self) -> None:
        """Print the sums."""
        line(self.what, self.clock, self.used)


def line(what: str, clock: float, used: float) -> None:
    print(f"{what:56} {clock:8.2f} s  ({used:.2f} s of CPU)", flush=True)


def wish(recipe: str = "zero-shot", params: dict | None = None, **more: object) -> xharness.Request:
    usual = {"model": str(NANO), "source": "mini", "dtype": "float32", "device": "cpu"}
    return api.build({**usual, "recipe": recipe, "params": params or {}, **more})


# Workers


def workers(folder: Path, epochs: float, repeats: int) -> None:
    """Perform eight equal trainings and their predictions with one worker and with two, each pinned to a core.

    A short training for each worker comes first, so that the start (imports, the plan), which is printed, is not part
    of the ratio.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("--workers needs two cores")
    registry = Registry.load(third_parties=False)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for repeat in range(repeats):
        for count in seconds:
            store = Store(folder / f"store-{repeat}-{count}")
            _saved(registry, store, "1-start", 0.05, range(101, 101 + count))
            _saved(registry, store, "2-timed", epochs, range(1, 9))
            before = computed()
            started = [_Worker(store.root, core) for core in cores[:count]]
            if any(code != 0 for code in [worker.wait() for worker in started]):
                sys.exit("a worker failed")
            first = min(worker.times[0] for worker in started)
            start, end = (max(worker.times[n] for worker in started) for n in (1, 2))
            seconds[count].append(end - start)
            line(f"{count} worker{'s'[: count > 1]}: start", start - first, 0.0)
            line(f"{count} worker{'s'[: count > 1]}: eight trainings", end - start, computed() - before)
    one, two = (statistics.median(seconds[count]) for count in (1, 2))
    print(f"ratio {one / two:.2f} (medians {one:.1f} s and {two:.1f} s of {repeats})")


def _saved(registry: Registry, store: Store, name: str, epochs: float, seeds: Iterable[int]) -> None:
    params = {"epochs": epochs, "learning_rate": 1e-3, "selection": "last"}
    plan = api.plan(wish(params=params, tasks=("xnli",), languages=("en", "de"), seeds=tuple(seeds)), registry)
    save(store.root, works_of(plan, store, set(), described(plan, registry)), name, name)


class _Worker:
    """A worker process on a core; `times`: of its first line, and of the end of each plan."""

    def __init__(self, store: Path, core: int) -> None:
        self.times: list[float] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "xharness.cli.main", "worker", str(store)],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for text in self._process.stderr or ():
            if not self.times or "nothing left" in text:
                self.times.append(time.perf_counter())

    def wait(self) -> int:
        """Return the exit code once the process has ended."""
        self._reader.join()
        return self._process.wait()


def computed() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


# Cells


def cells(folder: Path, rows: int) -> None:
    """Make, save and read a plan of many cells, and measure the overhead of a worker."""
    registry, store = Registry.load(third_parties=False), Store(folder / "store")
    noises = [f"{name}:{SEVERITIES}" for name in registry.names("noises")[:20]]
    requests = [wish(recipe, params, suite="xtreme", noises=noises) for recipe, params in RECIPES[:rows]]
    pending, texts, count, stages = PendingWorks(registry, store), [], 0, 0
    making, saving = (
        Stopwatch(f"make the plans of {len(requests)} rows"),
        Stopwatch("price them and divide them into works"),
    )
    for request in requests:
        with making:
            plan = api.plan(request, registry)
        with saving:
            pending.add(plan)
        texts.append(described(plan, registry))
        count, stages = count + len(plan.predictions), stages + len(plan.jobs)
    making.show()
    saving.show()
    print(f"{count:,} cells, {stages:,} stages; the driver has {memory():.0f} MB")
    works = list(pending.works.values())
    with timed("save them"):
        saved = save(store.root, works, "cells", "cells")
    file = saved.plan.folder / plan_file.FILE
    print(f"{len(saved.works):,} works, {file.stat().st_size / 1e6:.1f} MB; the driver has {memory():.0f} MB")
    with timed("read the saved plan, as a worker does"):
        Shared(plan_file.read(saved.plan.folder))
    with timed("make one of the plans again, as a worker does"):
        replanned(works[0].plan)
    jobs = sum(len(work.jobs) for work in works) / len(works)
    overhead(store, "overhead", 20, int(jobs))
    count_replans(texts)


def overhead(store: Store, name: str, number: int, jobs: int) -> None:
    """Perform works of `jobs` cells each with simulated work of 10 ms a cell; print the time that is not work."""
    works = [work_of(f"{n}", "{}", tuple(f"{n}-{job}" for job in range(jobs)), 1.0) for n in range(number)]
    shared = save(store.root, works, name, name)
    working_off.perform = simulated
    start, used = time.perf_counter(), time.process_time()
    working_off.work_off(shared, store, lambda _: None)
    clock, used = time.perf_counter() - start, time.process_time() - used
    work = number * jobs * CELL
    print(
        f"{number} works of {jobs} cells of 10 ms: {100 * (clock - work) / work:.2f} % beside the work on the clock, "
        f"{100 * used / work:.2f} % of CPU; {1000 * used / number:.1f} ms of CPU a work"
    )


def work_of(key: str, plan: str, jobs: tuple[str, ...], seconds: float) -> Work:
    return Work(key=key, needs=(), title=f"work {key}", plan=plan, jobs=jobs, seconds=seconds)


def simulated(work: Work, emit: Emit, store: str) -> bool:
    time.sleep(CELL * len(work.jobs))
    emit(work.key, Ended(CELL * len(work.jobs), 0))
    return True


def count_replans(texts: Sequence[str]) -> None:
    """Print how often the next work has another plan, for rows whose works take about as long."""
    works = [
        work_of(f"{row}-{n}", texts[row % len(texts)] + " " * row, (), 100.0 * n + row % 7)
        for row in range(300)
        for n in range(1, 10)
    ]
    folder = plan_file.folder_of(Path(tempfile.mkdtemp()), "rows")
    order = [work.plan for work in Shared(plan_file.write(folder, works)).queue]
    changes = sum(one != other for one, other in pairwise(order))
    shutil.rmtree(folder.parents[1])
    print(f"300 rows of 9 works: the next work has another plan {changes:,} times in {len(works):,}")


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# Reading


def reading(folder: Path, runs: int) -> None:
    """Read many finished runs, which are copies of one run of nine tasks."""
    first = finished(folder)
    for number in range(runs):
        (folder / "rows" / f"row{number:03d}").mkdir(parents=True)
        shutil.copy(first / "results.json", folder / "rows" / f"row{number:03d}")
    size = (first / "results.json").stat().st_size
    with timed(f"read {runs} runs of {size / 1000:.0f} kB"):
        results = [xharness.load(path) for path in sorted((folder / "rows").iterdir())]
    assert len(results) == runs


def finished(folder: Path) -> Path:
    """Return the folder of a finished run of the nine tasks in three languages, without training."""
    out = folder / "first"
    request = wish("as-is", suite="xtreme", languages=("en", "de", "sw"), limit=8, noises=("case",))
    api.run(request, registry=Registry.load(third_parties=False), out=out, store=folder / "one")
    return out


# A lab


def simulate(folder: Path) -> None:
    """Measure what each of 64 workers does between works, and what a day of 1,000 checkpoints leaves behind."""
    works = 13 * CHECKPOINTS  # nine trainings and predictions of XTREME make 13 works; see --cells
    between = GPUS * 86_400 / works
    print(f"{CHECKPOINTS:,} checkpoints a day: {works:,} works; a work has {between:.0f} s of a GPU")
    for number in (works // 10, works):
        lab(folder / str(number), number)
    finished(folder)
    files = [path for path in (folder / "one" / "objects").rglob("*") if path.is_file()]
    scored = json.loads((folder / "first" / "results.json").read_text())["cells"]
    done = sum(cell["status"] == "ok" for cell in scored)
    each, size = len(files) / done, sum(path.stat().st_size for path in files) / done
    print(f"store: {each:.1f} files and {size / 1000:.1f} kB for each cell (8 examples); 162 cells a checkpoint:")
    print(f"  {each * 162 * CHECKPOINTS / 1e6:.2f} million files a day")
    here = Path(__file__).parent
    for entries in (50, 100):
        command = [sys.executable, str(here / "leaderboard.py"), "--entries", str(entries), "--tasks", "9"]
        print(f"board of {entries} entries:", flush=True)
        subprocess.run(command, check=True)


def lab(root: Path, number: int) -> None:
    """Time one step of a worker in a plan of many works of which half are done and 63 are leased."""
    works = [work_of(f"{n}", f"{n % CHECKPOINTS}", (f"{n}",), 100.0) for n in range(number)]
    with timed(f"{number:,} works: save the plan"):
        shared = save(root, works, "lab", "lab")
    with timed("  publish half of the outcomes"):
        for work in works[: number // 2]:
            shared.finish(work, Outcome(ok=True, reason=None))
    with timed("  start a worker: read the plan and the outcomes"):
        mine = Shared(plan_file.read(shared.plan.folder))
    leases = [taken for taken in (shared.take() for _ in range(GPUS - 1)) if taken]
    with timed(f"  take a work while {len(leases)} are leased, for the first time"):
        taken = mine.take()
    assert taken
    with timed("  publish its outcome"):
        mine.finish(taken[0], Outcome(ok=True, reason=None))
        taken[1].release()
    with timed("  take the next work"):
        taken = mine.take()
    with timed("  look for the outcomes of others"):
        mine.look()
    for _, lease in [*leases, *([taken] if taken else [])]:
        lease.release()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("workers", "cells", "read", "simulate"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--rows", type=int, default=len(RECIPES), help="rows of --cells (default: 10)")
    parser.add_argument("--runs", type=int, default=575, help="runs of --read (default: 575)")
    parser.add_argument("--epochs", type=float, default=10, help="epochs of the trainings of --workers (default: 10)")
    parser.add_argument("--repeats", type=int, default=1, help="repeats of --workers (default: 1)")
    args = parser.parse_args()
    gc.set_threshold(50_000, 10, 10)  # as the command line has it
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if args.workers:
            workers(root / "workers", args.epochs, args.repeats)
        if args.cells:
            cells(root / "cells", args.rows)
        if args.read:
            reading(root / "read", args.runs)
        if args.simulate:
            simulate(root / "lab")


if __name__ == "__main__":
    main()
