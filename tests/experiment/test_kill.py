"""The experiment of the research question, killed while it trains and predicts: its files are as if undisturbed."""

from __future__ import annotations

import json
import signal
import tomllib

import pytest

from tests import processes
from tests.test_docs import ROOT
from xharness_tasks.mini import NANO

TIMINGS = ("seconds", "timing", "tokens_per_second")
SMALL = """
model = {model}
tasks = ["tatoeba", "udpos"]
languages = ["de"]
source = "mini"
limit = 8
noises = ["char_swap:3"]
seeds = [1]
baseline = "none"
dtype = "float32"

[report]
severity = 3
margin = 0.05
placebo = "placebo"

[params]
learning_rate = 1e-3
epochs = 1
selection = "last"
"""


def write(path):
    """Write the experiment in small: two conditions, one language, noise and seed, and eight examples of each split."""
    whole = (ROOT / "experiments" / "research-question-nano.toml").read_text("utf-8")
    assert [row["name"] for row in tomllib.loads(whole)["rows"][:2]] == ["none", "placebo"]
    rows = whole[whole.index("[[rows]]") :].split("[[rows]]")[1:3]
    small = SMALL.format(model=json.dumps(str(NANO)))
    path.write_text(small + "".join(f"[[rows]]{row}" for row in rows), encoding="utf-8")
    return path


def without_timings(content):
    if isinstance(content, dict):
        return {key: without_timings(value) for key, value in content.items() if key not in TIMINGS}
    return [without_timings(each) for each in content] if isinstance(content, list) else content


def files(folder):
    """Return what an experiment found: the report and its figure, the table, and all predictions."""
    found = {path.name: path.read_bytes() for path in (folder / "report.md", folder / "report.svg")}
    found |= {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("predictions/**/*.jsonl")}
    return found, without_timings(json.loads((folder / "experiment.json").read_text("utf-8")))


@pytest.mark.slow(minutes=0.3)
def test_an_experiment_that_is_killed_and_continued_has_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))
    path = write(tmp_path / "small.toml")

    def start(name):
        words = [
            "run",
            "--config",
            path,
            "--no-plugins",
            "--out",
            tmp_path / name,
            "--store",
            tmp_path / f"{name}-store",
        ]
        return processes.command(words)

    def finish(name):
        process = start(name)
        _, errors = process.communicate()
        assert process.returncode == 0, errors

    finish("whole")
    killed = []
    for sign in ("finetune on udpos", "finetune on mnli", "[3/4]"):
        process = start("killed")
        for line in process.stderr:
            if sign in line:
                process.send_signal(signal.SIGKILL)
                killed.append(process.wait())
                break
        process.communicate()
    assert killed == [-signal.SIGKILL] * 3
    assert not (tmp_path / "killed" / "report.md").exists()
    finish("killed")
    assert len(files(tmp_path / "whole")[0]) == 2 + 2 * 4
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert not [*(tmp_path / "killed-store").glob("tmp/*")]
