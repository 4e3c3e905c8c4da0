"""Two processes do what one does, to the byte; a process that dies takes nothing with it, and none is left behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import processes, toy
from tests.plugins.executors.conftest import MORTAL
from tests.run.conftest import TOY
from xharness import Resources, api
from xharness.errors import StoreError
from xharness.registry import Registry
from xharness_plugins.executors import worker_process
from xharness_plugins.executors.processes import environments

PLUGINS = (TOY, MORTAL)
TASKS = ("toy-tags", "toy-parity", "toy-pairs")


@pytest.fixture(autouse=True)
def _forked(monkeypatch):
    """Workers that this process starts are forked; those of commands and scripts are spawned, as for a user."""
    monkeypatch.setattr(worker_process.multiprocessing, "get_context", lambda _: processes.Forked)


@pytest.fixture(scope="session")
def registry():
    return Registry.load(PLUGINS, third_parties=False)


@pytest.fixture
def run(tmp_path, registry):
    def _run(model: Path, executor: str = "processes", **wishes) -> dict:
        given = {"model": f"mortal:{model}", "source": "toy", "dtype": "float32", "device": "cpu", "tasks": list(TASKS)}
        given |= {"executor": executor, "workers": 2 if executor == "processes" else None, **wishes}
        where = {"out": tmp_path / executor, "store": tmp_path / f"{executor}-store"}
        return api.run(api.build(given), registry=registry, **where)

    return _run


def logged(model: Path) -> list[list[str]]:
    return [line.split() for line in (model / "log").read_text("utf-8").splitlines()]


def scores(results: dict) -> list:
    return [(cell["task"], cell["language"], cell["status"], cell["metrics"], cell["n"]) for cell in results["cells"]]


def reasons(results: dict) -> set:
    """Return task, status and reason of each cell, without the name of the file with the traceback."""
    found = [(cell, (cell["reason"] or "").partition("; internal error")[0] or None) for cell in results["cells"]]
    return {(cell["task"], cell["status"], reason) for cell, reason in found}


def test_two_processes_give_the_bytes_and_scores_of_one(run, mortal, tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    model = mortal()
    one, two = run(model, "local"), run(model)
    assert {cell["status"] for cell in two["cells"]} == {"ok"}
    assert scores(one) == scores(two)
    for cell in one["cells"]:
        for name in (cell["predictions"], cell["replicates"]):
            assert (tmp_path / "local" / name).read_bytes() == (tmp_path / "processes" / name).read_bytes()
    here, *others = (int(process) for process, *_ in logged(model) if process)
    assert here == os.getpid()
    assert len(set(others) - {here}) == 2  # each trained one task
    tokens = [sorted((row["work"], row["tokens"]) for row in found["run"]["timing"]) for found in (one, two)]
    assert tokens[0] == tokens[1]
    assert dict(tokens[1])["predict toy-tags: 3 cells"] == 3 * 30 * 6
    assert all(0 < row["seconds"] < 60 for row in two["run"]["timing"])
    assert all(0 <= cell["timing"]["seconds"] < 60 for cell in two["cells"])
    assert not multiprocessing.active_children()
    cores = len(os.sched_getaffinity(0))
    assert {threads for process, threads, _ in logged(model) if int(process) != here} == {str(max(1, cores // 2))}
    monkeypatch.setattr(worker_process.multiprocessing, "get_context", None)  # no process starts
    assert scores(run(model)) == scores(two)


@pytest.mark.parametrize("how", ["killed", "left"])
def test_a_work_whose_process_dies_is_tried_once_more(run, mortal, how):
    model = mortal(how, once=True)
    assert {cell["status"] for cell in run(model)["cells"]} == {"ok"}
    tags = [process for process, _, what in logged(model) if what == "tags"]
    assert len(set(tags)) == len(tags) == 2


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("killed", "its worker process was killed by SIGKILL (out of memory?), 2 times; try fewer --workers"),
        ("left", "its worker process ended with exit code 3, 2 times; try fewer --workers"),
        ("failed", "RuntimeError: no luck"),
        ("broken", "AttributeError: no such thing"),
        ("odd", "Odd: this and that"),
    ],
)
def test_a_work_that_fails_fails_its_cells_alone(run, mortal, how, reason):
    results = run(mortal(how))
    assert reasons(results) == {("toy-tags", "failed", reason), ("toy-parity", "ok", None), ("toy-pairs", "ok", None)}
    assert not multiprocessing.active_children()


def test_what_ends_a_run_ends_its_processes(run, mortal):
    with pytest.raises(StoreError, match="cannot save it: no space left") as caught:
        run(mortal("full"))
    assert "in full" in caught.value.__notes__[-1]  # where it was raised
    assert not multiprocessing.active_children()


def test_a_script_needs_no_guard(mortal, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from xharness import api\n"
        f"results = api.run(model='mortal:{mortal()}', tasks=['toy-tags'], source='toy', device='cpu', workers=1,\n"
        f"    executor='processes', plugins={PLUGINS!r}, out={str(tmp_path / 'out')!r})\n"
        "print({cell['status'] for cell in results['cells']})\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "{'ok'}\n"), done.stderr


@pytest.mark.parametrize(
    ("given", "wished", "devices"),
    [
        (None, Resources(), ["0", "1"]),
        ("3,5", Resources(device="cuda"), ["3", "5"]),
        ("3,5", Resources(workers=3), ["3", "5", "3"]),
        (None, Resources(device="cuda:1"), [None]),
        (None, Resources(device="cpu"), [None, None]),
    ],
)
def test_each_worker_has_a_gpu(given, wished, devices, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given) if given else monkeypatch.delenv("CUDA_VISIBLE_DEVICES", False)
    assert [found.get("CUDA_VISIBLE_DEVICES") for found in environments(wished)] == devices


class Command:
    """The command line with two workers, as a process of its own."""

    def __init__(self, tmp_path: Path, model: Path, name: str, pause: str) -> None:
        words = [sys.executable, "-m", "xharness.cli.main", "run", str(model), "--source", "toy", "--no-plugins"]
        words += [word for task in TASKS for word in ("--task", task)] + ["--plugin", TOY]
        words += ["--dtype", "float32", "--device", "cpu", "--executor", "processes", "--workers", "2"]
        self.words = [*words, "--out", str(tmp_path / name), "--store", str(tmp_path / f"{name}-store")]
        self.out, self.log = tmp_path / name, tmp_path / f"{name}.log"
        self.env = {**os.environ, "TOY_PAUSE": pause, "TOY_LOG": str(self.log)}

    def start(self) -> None:
        # A shell without job control starts what runs in its background deaf to the interrupt, and so the tests in it.
        hears = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), "start_new_session": True}
        self.process = subprocess.Popen(self.words, env=self.env, stderr=subprocess.PIPE, text=True, **hears)

    def wait_for(self, lines: int) -> None:
        while self.process.poll() is None and self.lines() < lines:
            time.sleep(0.01)
        assert self.process.poll() is None

    def lines(self) -> int:
        return self.log.read_text("utf-8").count("\n") if self.log.exists() else 0

    def workers(self) -> list[int]:
        group = str(self.process.pid)
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state, _, of = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                command = (folder / "cmdline").read_text()
            except OSError:
                continue
            if of == group and state != "Z" and "spawn_main" in command:
                found.append(int(folder.name))
        return found

    def scores(self) -> list:
        return scores(json.loads((self.out / "results.json").read_text("utf-8")))


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


@pytest.fixture
def undisturbed(run, mortal):
    return scores(run(mortal(), "local"))


@linux
@pytest.mark.slow
def test_workers_that_are_killed_are_replaced_and_the_scores_stay(tmp_path, undisturbed):
    command = Command(tmp_path, tmp_path / "model", "killed", "0.02")
    command.start()
    command.wait_for(6)  # of 24 steps
    for worker in command.workers():
        os.kill(worker, signal.SIGKILL)
    _, errors = command.process.communicate()
    assert command.process.returncode == 0, errors
    assert errors.count("its worker process was killed by SIGKILL (out of memory?); trying again") == 2
    assert command.scores() == undisturbed


@linux
@pytest.mark.slow
@pytest.mark.parametrize("lines", [3, 40])
def test_workers_end_with_a_parent_that_is_killed_and_the_next_run_goes_on(tmp_path, undisturbed, lines):
    command = Command(tmp_path, tmp_path / "model", "orphaned", "0.02")
    command.start()
    command.wait_for(lines)
    assert len(command.workers()) == 2
    command.process.kill()
    command.process.communicate()
    patience = time.monotonic() + 20
    while command.workers():
        assert time.monotonic() < patience
        time.sleep(0.05)
    stopped = command.lines()
    command.env["TOY_PAUSE"] = "0"
    command.start()
    _, errors = command.process.communicate()
    assert command.process.returncode == 0, errors
    assert command.scores() == undisturbed
    steps = command.log.read_text("utf-8").count("step")
    assert stopped >= lines
    assert steps <= 2 * toy.STEPS + 2  # a training goes on, but for the step that was cut


def _blocked(process: int, number: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


@linux
def test_an_interrupt_ends_all_processes_with_one_line(tmp_path, mortal):
    command = Command(tmp_path, mortal(), "cut", "0.1")
    command.start()
    command.wait_for(3)
    assert {_blocked(worker, signal.SIGINT) for worker in command.workers()} == {True}
    os.killpg(command.process.pid, signal.SIGINT)  # as a terminal does: all of the group get it
    _, errors = command.process.communicate()
    assert command.process.returncode == 130
    assert errors.splitlines()[-1] == "xharness: interrupted; run the same command to resume"
    assert "Traceback" not in errors
    assert not command.workers()
    assert {status for _, _, status, *_ in command.scores()} == {"not_run"}
