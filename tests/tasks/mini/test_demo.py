"""`xharness demo` as a user runs it: killed half-way, continued, run again; its scores are beyond chance."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import xharness_tasks
from xharness import DataOptions
from xharness.metrics.chunks import chunk_f1
from xharness.metrics.squad import squad
from xharness_plugins.sources.mini import MINI
from xharness_tasks.mini.demo import RECIPES

TASKS = {task.name: task for task in xharness_tasks.TASKS}
# By how many points the recipe zero-shot is beyond chance, in English and on average over languages.
MARGINS = {
    "xnli": (30, 12),
    "pawsx": (12, 8),
    "udpos": (70, 25),
    "panx": (70, 40),
    "xquad": (40, 5),
    "mlqa": (35, 5),
    "tydiqa": (40, 5),
    "bucc2018": (None, 60),
    "tatoeba": (None, 80),
}


def demo(folder: Path, seed: int = 1) -> subprocess.Popen[str]:
    """Start the demo as on a machine without a network, with nothing that helps it."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "XHARNESS_", "TRANSFORMERS_"))
    }
    words = ["demo", "--no-plugins", "--out", folder / "runs", "--store", folder / "store", "--seed", seed]
    return subprocess.Popen(
        [sys.executable, "-m", "xharness.cli.main", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**env, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf")},
    )


def finished(process: subprocess.Popen[str]) -> tuple[str, str]:
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output, errors


def artifacts(folder: Path, kind: str = "*") -> dict[Path, int]:
    """Return when each artifact was made; of a training its report tells, which stays when the weights are dropped."""
    result = {}
    for manifest in (folder / "store" / "objects").glob(f"{kind}/*/*/artifact.json"):
        report = manifest.with_name("report.json")
        result[manifest.parent] = (report if report.exists() else manifest).stat().st_mtime_ns
    return result


def results(folder: Path, recipe: str) -> dict:
    return json.loads((folder / "runs" / recipe / "results.json").read_text("utf-8"))


@pytest.mark.slow(minutes=2)
@pytest.mark.timeout(3600)  # for a machine that does much else; two minutes otherwise
def test_the_demo_is_killed_continued_served_again_and_beyond_chance(tmp_path):
    killed = demo(tmp_path)
    while killed.poll() is None and len(artifacts(tmp_path, "finetune")) < 2:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = artifacts(tmp_path)
    assert len(before) >= 2

    output, errors = finished(demo(tmp_path))
    after = artifacts(tmp_path)
    assert {path: after[path] for path in before} == before, "something was done twice"
    for recipe in RECIPES:
        cells = results(tmp_path, recipe)["cells"]
        assert {cell["status"] for cell in cells} == {"ok"}
        assert {cell["source"] for cell in cells} == {"mini"}
        assert len(cells) == 162
        assert results(tmp_path, recipe)["suites"]["xtreme"]["complete"]
        assert recipe in output
    beyond_chance(results(tmp_path, "zero-shot"))
    board = json.loads((tmp_path / "runs" / "board" / "leaderboard.json").read_text("utf-8"))
    assert board["synthetic"]
    assert {entry["recipe"]["name"] for entry in board["entries"]} == set(RECIPES)
    assert all(entry["suites"]["xtreme"]["rank95"] for entry in board["entries"])
    assert str(tmp_path / "runs" / "board" / "index.html") in output

    assert "finetune" in errors
    again, told = finished(demo(tmp_path))
    assert (again, told.count("\n")) == (output, 1), "nothing has changed"
    (tmp_path / "runs" / "demo.json").unlink()
    again, told = finished(demo(tmp_path))
    assert again == output
    assert artifacts(tmp_path) == after
    assert "finetune" not in told
    (advised,) = re.findall(r"xharness (explain .*)", output)
    explained = subprocess.run(
        [sys.executable, "-m", "xharness.cli.main", *advised.split()], capture_output=True, text=True, check=True
    )
    assert "mini" in explained.stdout


def beyond_chance(result: dict) -> None:
    for name, (english, mean) in MARGINS.items():
        cells = {
            cell["language"]: value(cell, TASKS[name].headline_names)
            for cell in result["cells"]
            if cell["task"] == name
        }
        chances = {code: chance(name, code) for code in cells}
        if english is not None:
            assert cells["en"] - chances["en"] > english, (name, cells["en"], chances["en"])
        gain = (sum(cells.values()) - sum(chances.values())) / len(cells)
        assert gain > mean, (name, gain, chances)
        assert len(set(cells.values())) > 1, f"{name} is the same in every language"


def value(cell: dict, names: tuple[str, ...]) -> float:
    return sum(cell["metrics"][name]["value"] for name in names) / len(names)


def chance(name: str, code: str) -> float:
    """The score of one who knows the labels and how frequent they are, and guesses."""
    task, guess = TASKS[name], random.Random(f"{name}:{code}")
    rows = list(MINI.load(task, code, "test", DataOptions()))
    kind = task.kind.name
    if kind == "classification":
        return 100 / len(task.labels)
    if kind == "tagging":
        seen = [tag for row in MINI.load(task, "en", "train", DataOptions()) for tag in row["tags"]]
        guessed = [[guess.choice(seen) for _ in row["tags"]] for row in rows]
        return chunk_f1(guessed, [row["tags"] for row in rows]).values["f1"]
    if kind == "span-qa":
        guessed = {row["id"]: words(guess, row["context"]) for row in rows}
        scored = squad(guessed, task.kind.gold(rows)).values
        return (scored["f1"] + scored["exact_match"]) / 2
    return 100 / len(rows)


def words(guess: random.Random, context: str) -> str:
    every = context.split()
    first = guess.randrange(len(every))
    return " ".join(every[first : first + guess.randint(1, 3)])
