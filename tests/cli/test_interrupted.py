"""Real processes with a real checkpoint: killed while training, predicting and scoring, or out of disk."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import torch

from tests import processes
from tests.cli.conftest import words
from tests.store.programs import mounted

TASKS = ("udpos", "xquad", "tatoeba")
OFTEN = ("--param", "eval_steps=2", "--param", "batch_size=8", "--exact")


@pytest.fixture
def start(checkpoint, data, tmp_path):
    """Return what starts a run in a process of its own; `name` names its folders below `tmp_path`.

    With `prefix` the process is a new interpreter, started by these words.
    """

    def _start(name, *tasks, prefix=(), prepare=int, more=()):
        asked = words(checkpoint, data, *tasks, languages=["es", "de"])
        folders = ["--out", tmp_path / f"{name}-run", "--store", tmp_path / name]
        line = ["run", "--no-plugins", *asked, *OFTEN, *more, *folders]
        if not prefix:
            return processes.command(line, prepare=prepare)
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "xharness.cli.main", *map(str, line)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )

    return _start


def outcome(folder):
    results = json.loads((folder / "results.json").read_text("utf-8"))
    scores = [(cell["task"], cell["language"], cell["status"], cell["metrics"]) for cell in results["cells"]]
    made = {path.relative_to(folder): path.read_bytes() for path in (folder / "predictions").rglob("*.jsonl")}
    return scores, made


@pytest.mark.slow
def test_killed_while_training_predicting_and_scoring_it_ends_as_if_undisturbed(start, tmp_path):
    whole = start("whole", *TASKS)
    _, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors
    store = tmp_path / "killed"
    moments = (
        "scratch/finetune/*/*/training.pt",
        "objects/finetune/*/*/artifact.json",
        "objects/predict/*/*/artifact.json",
        "objects/score/*/*/artifact.json",
        "vectors/*/*.keys",
    )
    kills = 0
    for moment in moments:
        process = start("killed", *TASKS)
        while process.poll() is None and not next(store.glob(moment), None):
            time.sleep(0.001)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate(timeout=300)
    assert kills >= 4
    trained = {path: path.stat().st_mtime_ns for path in (store / "objects" / "finetune").rglob("report.json")}
    last = start("killed", *TASKS)
    _, errors = last.communicate(timeout=300)
    assert last.returncode == 0, errors
    assert {path: path.stat().st_mtime_ns for path in trained} == trained
    assert outcome(tmp_path / "killed-run") == outcome(tmp_path / "whole-run")
    assert not [path for path in (store / "tmp").iterdir() if path.is_dir()]


@pytest.mark.slow
def test_a_mixture_that_is_killed_half_way_ends_as_if_undisturbed(start, tmp_path):
    given = {"intermediate": "udpos,squad_v1", "intermediate_eval_steps": 2, "intermediate_batch_size": 8}
    given |= {"intermediate_epochs": 2, "intermediate_selection": "dev"}
    more = [
        "--recipe",
        "intermediate-multi",
        *(word for pair in given.items() for word in ("--param", "=".join(map(str, pair)))),
    ]
    whole = start("whole", "tatoeba", more=more)
    _, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors
    store = tmp_path / "killed"
    process = start("killed", "tatoeba", more=more)
    while process.poll() is None and _step(store) < 4:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, errors
    assert 4 <= _step(store) < _report(tmp_path / "whole-run")["steps"]
    last = start("killed", "tatoeba", more=more)
    _, errors = last.communicate(timeout=300)
    assert last.returncode == 0, errors
    assert outcome(tmp_path / "killed-run") == outcome(tmp_path / "whole-run")
    assert _report(tmp_path / "killed-run") == _report(tmp_path / "whole-run")


def _step(store):
    """Return the step that a training of several tasks would go on from, 0 where it has begun none."""
    found = next(store.glob("scratch/multitask/*/*/training.pt"), None)
    return torch.load(found, weights_only=True)["progress"]["step"] if found else 0


def _report(folder):
    """Return what the training of several tasks reports, but how long it took."""
    stages = json.loads((folder / "results.json").read_text("utf-8"))["run"]["plan"]
    report = next(stage["report"] for stage in stages if stage["kind"] == "multitask")
    return {name: value for name, value in report.items() if "seconds" not in name}


def one_line(process, code=1):
    """Return the last line of a run that could not save; the lines of its progress come before."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == code, errors
    assert out == ""
    assert "Traceback" not in errors
    lines = [line for line in errors.splitlines() if line.startswith("xharness: ")]
    assert lines == errors.splitlines()[-1:], errors
    return lines[0]


def limit_files(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
@pytest.mark.parametrize("size", [600, 400_000])
def test_a_limit_on_the_size_of_files(start, tmp_path, size):
    line = one_line(start("small", *TASKS, prepare=partial(limit_files, size)))
    assert line.startswith("xharness: cannot save ")
    assert line.endswith("raise the limit on file sizes (ulimit -f), or use another disk, then run again")
    for path in (tmp_path / "small-run").rglob("*.json*"):
        assert all(json.loads(text) for text in _documents(path))
    again = start("small", *TASKS)
    _, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors


def _documents(path):
    text = path.read_text("utf-8")
    return text.splitlines() if path.suffix == ".jsonl" else [text]


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [300, 1000])
def test_a_disk_that_fills_up(start, tmp_path, kilobytes):
    store = tmp_path / "full"
    store.mkdir()
    line = one_line(start("full", *TASKS, prefix=mounted(store, f"size={kilobytes}k")))
    assert line.startswith("xharness: cannot save ")
    assert line.endswith("free disk space, or use another disk, then run again")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["store", "run"])
def test_a_folder_that_is_read_only(start, tmp_path, what):
    folder = tmp_path / ("shut" if what == "store" else "shut-run")
    folder.mkdir()
    line = one_line(start("shut", "tatoeba", prefix=mounted(folder, "ro")), code=2)
    option = "--store" if what == "store" else "--out"
    why = "cannot write there (Read-only file system); give a folder that you can write to"
    assert line == f"xharness: {option} '{folder}': {why}"
