"""The executor that performs each work as a task of a Ray cluster: an existing one, or a local one that it starts.

Artifacts travel through the store alone, which all nodes see under the same path. A task yields the events of its work
and at last its outcome. Ray repeats no task itself, because a task that starts again yields other events.
"""

from __future__ import annotations

import math
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from xharness import (
    BadRequest,
    EmitFor,
    Event,
    Executor,
    Failed,
    Param,
    Perform,
    Resources,
    Schedule,
    Waiting,
    Work,
    absent,
    needs,
    positive,
)
from xharness_plugins.executors.processes import cores
from xharness_plugins.executors.ray_task import serve

_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""For a local cluster: no reports over the network, and CUDA_VISIBLE_DEVICES of the user for tasks without GPU."""
_LOCAL = "local"
_PATIENCE = 10.0
"""Seconds to wait for an answer of a cluster."""
_MOST = 1000
"""Default number of tasks submitted at once; the cluster performs as many of them as it has resources for."""


@dataclass
class _Running:
    work: Work
    events: Any
    tries: int = 1


def _run(works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
    if not works:
        return
    if absent("ray"):
        raise BadRequest(needs("executor 'ray'", ["ray"], "ray"))
    with _connected(resources):
        _Tasks(works, perform, emit, resources).run()


class _Tasks:
    """The works of a run as tasks of the cluster to which this process is connected."""

    def __init__(self, works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
        import ray

        self._schedule, self._perform, self._emit = Schedule(works), perform, emit
        self._most, self._retries = resources.workers or _MOST, resources.params["ray_max_retries"]
        self._plans = {plan: ray.put(plan) for plan in {work.plan for work in works}}  # sent once to each node
        self._environment = {name: value for name, value in os.environ.items() if name.startswith("XHARNESS_")}
        wanted = {"num_cpus": resources.params["ray_cpus"], "num_gpus": _gpus(resources)}
        if not any(_fits(node["Resources"], wanted) for node in ray.nodes() if node["Alive"]):
            what = f"no node of the Ray cluster has {wanted['num_cpus']:g} CPUs and {wanted['num_gpus']:g} GPUs"
            emit(works[0].key, Waiting(f"{what}; waiting for one (see --param ray_cpus, ray_gpus)"))
        self._task: Any = ray.remote(max_retries=0, num_returns="streaming", **wanted)(serve)

    def run(self) -> None:
        """Perform all works; whatever ends it early cancels the tasks."""
        import ray

        running: list[_Running] = []
        try:
            while True:
                while len(running) < self._most and (work := self._schedule.take()):
                    running.append(_Running(work, self._start(work)))
                if not running:
                    return
                ready, _ = ray.wait([task.events for task in running])
                task = next(task for task in running if task.events == ready[0])
                ok = self._outcome(task)
                if ok is not None:
                    self._schedule.end(task.work, ok)
                    running.remove(task)
        finally:
            for task in running:
                ray.cancel(task.events, force=True)

    def _start(self, work: Work) -> Any:
        return self._task.remote(replace(work, plan=""), self._plans[work.plan], self._perform, self._environment)

    def _outcome(self, task: _Running) -> bool | None:
        """Read the next message: pass an event on, or return how the work ended."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        try:
            message: tuple[str, Event] | bool | Exception = ray.get(next(task.events))
        except RayTaskError as error:
            self._emit(task.work.key, Failed(f"its Ray task cannot start: {_line(error)}"))
            return False
        except (RayError, StopIteration) as error:
            return self._lost(task, error)
        if isinstance(message, Exception):
            raise message
        if isinstance(message, bool):
            return message
        self._emit(*message)
        return None

    def _lost(self, task: _Running, error: Exception) -> bool | None:
        """Start a task again whose process or node ended, unless it was lost too often."""
        how = f"its Ray task was lost ({_line(error)})"
        if task.tries > self._retries:
            self._emit(task.work.key, Failed(f"{how}, {task.tries} times; give it more memory, or fewer --workers"))
            return False
        self._emit(task.work.key, Waiting(f"{task.work.title}: {how}; trying again"))
        task.tries += 1
        task.events = self._start(task.work)
        return None


@contextmanager
def _connected(resources: Resources) -> Iterator[None]:
    """Connect this process to the cluster, unless it is, and start and stop a local one if none is named."""
    import ray

    if ray.is_initialized():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        _connect(resources, resources.params["ray_address"])
        yield
    finally:
        ray.shutdown()
        if signal.getsignal(signal.SIGTERM) is not before:  # Ray has replaced it
            signal.signal(signal.SIGTERM, before)


def _connect(resources: Resources, address: str) -> None:
    import ray

    try:
        _check_answers(address)
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **_size(resources, address))
    except (OSError, ValueError, RuntimeError) as error:
        raise BadRequest(
            f"executor 'ray': cannot connect to the Ray cluster '{address}': {_line(error)}; start this command on a "
            "node of the cluster (`ray start --address=HOST:PORT` makes a machine one), with RAY_AUTH_MODE=token if "
            "the cluster has a token, or omit --param ray_address"
        ) from error


def _check_answers(address: str) -> None:
    """Raise OSError if nothing listens at HOST:PORT, for which Ray would wait for many minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), _PATIENCE).close()


def _size(resources: Resources, address: str) -> dict[str, Any]:
    if address != _LOCAL:
        return {}
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    each = resources.params["ray_cpus"]
    return {"num_cpus": max(cores(), each, (resources.workers or 1) * each), "include_dashboard": False}


def _gpus(resources: Resources) -> float:
    """Return the GPUs of a task: as the user wishes, else one if the cluster has any and no device is chosen."""
    import ray

    wanted: float | None = resources.params["ray_gpus"]
    if wanted is not None:
        return wanted
    return 1.0 if resources.device in ("auto", "cuda") and ray.cluster_resources().get("GPU") else 0.0


def _fits(node: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    return node.get("CPU", 0) >= wanted["num_cpus"] and node.get("GPU", 0) >= wanted["num_gpus"]


def _line(error: Exception) -> str:
    """Return the last line of a message, which for errors in a task has the cause."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1] if type(error).__name__.startswith("RayTaskError") else lines[0].rstrip(".")


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise ValueError("must be a number of at least 0")
    return number


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number of at least 0")
    return int(text)


RAY = Executor(
    name="ray",
    summary="as tasks of a Ray cluster (--param ray_address=auto), or of a local one that it starts",
    run=_run,
    params={
        "ray_address": Param(
            type=str, default=_LOCAL, help="'auto' or HOST:PORT: an existing cluster; local: start one"
        ),
        "ray_cpus": Param(type=positive, default=1, help="CPUs of each task; also its number of threads"),
        "ray_gpus": Param(type=_share, help="GPUs of each task, 0.5 for two on one; default: 1 if the cluster has any"),
        "ray_max_retries": Param(
            type=_count, default=3, help="times that a task is started again after its node is lost"
        ),
    },
)
