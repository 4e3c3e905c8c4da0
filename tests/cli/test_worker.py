"""`plan --save`, `worker` and `status` on the command line."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from tests import processes, toy
from xharness.cli import worker


@pytest.fixture
def asked(tmp_path):
    model = toy.checkpoint(tmp_path / "model")
    words = [model, "--source", "toy", "--plugin", toy.__file__, "--task", "toy-tags", "--store", tmp_path / "store"]
    return [*words, "--dtype", "float32", "--no-plugins"]


def test_the_journey(command, asked, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")  # restored after the test
    saved = command("plan", *asked, "--save", "mine")
    assert saved.out.startswith("plan mine: 2 works")
    assert f"  xharness worker {tmp_path / 'store'} --plan mine\n" in saved.out
    assert "note: dtype" not in saved.out
    before = command("status", "mine", "--store", tmp_path / "store")
    assert before.out.startswith("plan mine: 0 of 2 works done, 0 running, 0 failed, 2 waiting")
    done = command("worker", tmp_path / "store", "--plan", "mine", "--device", "3")
    assert done.code == 0
    assert done.err.endswith("plan mine: nothing left; this worker performed 2 of 2 works, 0 failed\n")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "3"
    after = command("status", tmp_path / "store" / "plans" / "mine", "--json").json()
    assert (after["works"], after["done"], after["running"], after["failed"]) == (2, 2, [], [])
    assert command("run", *asked, "--out", tmp_path / "out").err == "3 cells, 3 of them cached\n"
    assert command("plan", *asked, "--save").out.startswith("nothing to save: ")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["worker", "nowhere"], "no plan in"),
        (["worker", "nowhere", "--plan", "x"], "no plan 'x' in"),
        (["worker", "nowhere", "--device", "-1"], "--device -1: must be the number of a GPU"),
        (["status", "x"], "no plan 'x' in"),
    ],
)
def test_what_cannot_be_found_is_refused(command, words, reason):
    assert reason in command(*words).refused()


def test_a_worker_that_is_ended_frees_its_work(command, asked, tmp_path):
    command("plan", *asked, "--save", "mine")
    env = {"TOY_PAUSE": "60", "TOY_LOG": str(tmp_path / "log"), "XHARNESS_PLUGINS": ""}
    process = processes.command(["worker", tmp_path / "store"], env)
    leases = tmp_path / "store" / "plans" / "mine" / "leases"
    timer = threading.Timer(60, process.send_signal, [signal.SIGKILL])
    timer.start()
    while not list(leases.glob("*.lease")) or not list((tmp_path / "store").glob("locks/*.lease")):
        assert process.poll() is None
        time.sleep(0.02)
    assert "1 running" in command("status", "mine", "--store", tmp_path / "store").out
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    timer.cancel()
    assert process.returncode == 130, errors
    assert list(leases.iterdir()) == list((tmp_path / "store").glob("locks/*.lease")) == []
    with pytest.raises(KeyboardInterrupt):
        worker._stop()
