"""The executor that performs works in several processes of this machine, each with its own device or share of cores.

CUDA needs spawned processes. A process that dies is replaced, and its work is tried once more. All of them end with
the process that started them, however it ends.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from xharness import EmitFor, Executor, Perform, Resources, Schedule, Work

_ON_CPU = 2
"""Default number of workers on a CPU; each has its own model in memory, so fewer than the cores."""


def _run(works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
    from multiprocessing.connection import wait

    from xharness_plugins.executors.worker_process import Worker

    schedule = Schedule(works)
    idle: list[Worker] = []
    busy: list[Worker] = []
    unused = environments(resources) if works else []
    try:
        while True:
            while (idle or unused) and (work := schedule.take()):
                worker = idle.pop() if idle else Worker(perform, unused.pop(0))
                worker.give(work)
                busy.append(worker)
            if not busy:
                return
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                ok = worker.outcome(emit)
                if ok is not None:
                    schedule.end(worker.work, ok)
                    busy.remove(worker)
                    idle.append(worker)
    finally:
        for worker in (*idle, *busy):  # kill all before waiting, so that a second interrupt leaves none
            worker.kill()
        for worker in (*idle, *busy):
            worker.close()


def environments(resources: Resources) -> list[dict[str, str]]:
    """Return the environment variables of each worker: device and threads; a user's OMP_NUM_THREADS is kept."""
    from xharness.engine.device import resolve_device

    gpus = _gpus(resources.device)
    usual = len(gpus) or (_ON_CPU if resolve_device(resources.device).type == "cpu" else 1)
    workers = resources.workers or usual
    threads = str(max(1, cores() // workers))
    names = [name for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS") if name not in os.environ]
    shared = dict.fromkeys(names, threads)
    devices = [{"CUDA_VISIBLE_DEVICES": gpus[number % len(gpus)]} if gpus else {} for number in range(workers)]
    return [shared | device for device in devices]


def _gpus(device: str) -> list[str]:
    """Return the GPUs to distribute, by their names in CUDA_VISIBLE_DEVICES; none if the user chose a device."""
    import torch

    if device not in ("auto", "cuda") or not torch.cuda.is_available():
        return []
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    return given.split(",") if given else [str(number) for number in range(torch.cuda.device_count())]


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


PROCESSES = Executor(
    name="processes",
    summary="in several processes of this machine (--workers N): one for each GPU, or 2 that share the cores",
    run=_run,
)
