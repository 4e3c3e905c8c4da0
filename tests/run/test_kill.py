"""Real processes, killed at many moments: the same command resumes and ends with the same scores."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests import processes, toy
from tests.run.conftest import TOY

TASKS = ("toy-tags", "toy-parity", "toy-pairs", "toy-mining", "toy-passages")


def command(tmp_path: Path, model: str, name: str, pause: str = "0.004") -> tuple[list[str], dict[str, str]]:
    words = ["run", model, "--source", "toy", "--plugin", TOY, "--no-plugins"]
    words += [word for task in TASKS for word in ("--task", task)]
    words += ["--dtype", "float32", "--out", str(tmp_path / name), "--store", str(tmp_path / f"{name}-store")]
    return words, {"TOY_PAUSE": pause, "TOY_LOG": str(tmp_path / f"{name}.log")}


def finished(words: list[str], env: dict[str, str]) -> None:
    process = processes.command(words, env)
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def scores(folder: Path) -> list:
    results = json.loads((folder / "results.json").read_text("utf-8"))
    return [(cell["task"], cell["language"], cell["status"], cell["metrics"]) for cell in results["cells"]]


def log(tmp_path: Path, name: str) -> list[str]:
    path = tmp_path / f"{name}.log"
    return path.read_text("utf-8").splitlines() if path.exists() else []


@pytest.fixture
def undisturbed(tmp_path, model):
    words, env = command(tmp_path, model, "whole", pause="0")
    finished(words, env)
    return scores(tmp_path / "whole")


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_scores(tmp_path, model, undisturbed):
    words, env = command(tmp_path, model, "killed")
    kills = 0
    for lines in (3, 9, 17, 40, 70, 110, 150, 200, 260, 330):
        process = processes.command(words, env)
        while process.poll() is None and len(log(tmp_path, "killed")) < lines:
            time.sleep(0.001)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    finished(words, env)
    assert kills >= 5
    assert scores(tmp_path / "killed") == undisturbed
    steps = Counter(line for line in log(tmp_path, "killed") if line.startswith("step"))
    # One training a task; a step that was killed between its save and its line, or before its save, comes twice.
    assert sum(steps.values()) <= 2 * toy.STEPS + kills


@pytest.mark.slow
def test_what_was_finished_is_not_done_again(tmp_path, model, undisturbed):
    words, env = command(tmp_path, model, "killed")
    process = processes.command(words, env)
    done = 0
    for line in process.stderr:
        done += " toy-tags " in line or "] " in line
        if done == 2:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    before = Counter(log(tmp_path, "killed"))
    results = json.loads((tmp_path / "killed" / "results.json").read_text("utf-8"))
    assert {cell["status"] for cell in results["cells"]} <= {"ok", "not_run"}
    finished(words, env)
    after = Counter(log(tmp_path, "killed"))
    assert scores(tmp_path / "killed") == undisturbed
    assert before["tag"] >= 30
    assert after["tag"] < 3 * 30 + 30  # the cell that was being predicted is begun again
    assert all(after[f"step {step}"] <= 2 for step in range(1, toy.STEPS + 1))


@pytest.mark.slow
def test_two_processes_share_a_store_and_train_once(tmp_path, model, undisturbed):
    words, env = command(tmp_path, model, "shared")
    other = [
        word.replace(str(tmp_path / "shared"), str(tmp_path / "second")) if word.endswith("/shared") else word
        for word in words
    ]
    both = [processes.command(line, env) for line in (words, other)]
    for process in both:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert scores(tmp_path / "shared") == scores(tmp_path / "second") == undisturbed
    steps = Counter(line for line in log(tmp_path, "shared") if line.startswith("step"))
    assert set(steps.values()) == {2}  # two tasks are trained, each once


def test_a_killed_search_for_the_worst_edits_ends_with_the_same_bytes(tmp_path, model):
    def line(name: str, pause: str) -> tuple[list[str], dict[str, str]]:
        words = ["run", model, "--source", "mini", "--plugin", TOY, "--no-plugins", "--task", "xnli", "--lang", "en"]
        words += ["--limit", "8", "--noise", "char_swap:3:search=greedy", "--dtype", "float32"]
        words += ["--out", str(tmp_path / name), "--store", str(tmp_path / f"{name}-store")]
        return words, {"TOY_PAUSE": pause, "TOY_LOG": str(tmp_path / f"{name}.log")}

    def files(name: str) -> dict[str, bytes]:
        changes = (tmp_path / f"{name}-store" / "objects" / "attack").rglob("changes.jsonl")
        predictions = (tmp_path / name / "predictions").rglob("*.jsonl")
        return {path.name: path.read_bytes() for path in (*changes, *predictions)}

    finished(*line("whole", "0"))
    asked = log(tmp_path, "whole").count("classify")
    words, env = line("killed", "0.002")
    for share in (0.3, 0.6):
        process = processes.command(words, env)
        until = log(tmp_path, "killed").count("classify") + share * asked
        while process.poll() is None and log(tmp_path, "killed").count("classify") < until:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (tmp_path / "killed-store" / "objects" / "attack").exists()  # it was killed during the search
    finished(words, env)
    assert len(files("whole")) == 3
    assert files("killed") == files("whole")
    assert scores(tmp_path / "killed") == scores(tmp_path / "whole")
    assert not [*(tmp_path / "killed-store").glob("tmp/*")]


def test_interrupted_by_the_user_it_says_so_and_keeps_what_it_has(tmp_path, model):
    words, env = command(tmp_path, model, "cut", pause="0.02")
    # A shell without job control starts what runs in its background deaf to the interrupt, and so the tests in it.
    hears = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    line = [sys.executable, "-m", "xharness.cli.main", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(line, env={**os.environ, **env}, **pipes, **hears)
    while len(log(tmp_path, "cut")) < 3:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "xharness: interrupted; run the same command to resume"
    results = json.loads((tmp_path / "cut" / "results.json").read_text("utf-8"))
    assert {cell["status"] for cell in results["cells"]} == {"not_run"}
