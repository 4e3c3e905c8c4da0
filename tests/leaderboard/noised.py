"""Results files of synthetic runs under noises, with replicates that depend on the cell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.leaderboard.made import cell, content, save
from xharness.metrics.bootstrap import RESAMPLES

FAMILIES = {"swap": "edit", "drop": "edit", "case": "case"}


def noised(task, language, score, name, severity, noise_seed=0, changed=80, **more):
    """Return the record of a cell of 100 examples under a noise."""
    noise = {"name": name, "severity": severity, "version": 1, "seed": noise_seed}
    counts = {"examples": 100, "changed": changed, "edits": 90, "character_rate": 5.0, "effective": changed // 2}
    return cell(task, language, score, noise=noise, **({"notes": {"noise": counts}} | more))


def grid(clean=80.0, losses=(1.0, 2.0, 6.0), names=("swap", "drop"), codes=("en", "sw", "yo"), **more):
    """Return cells of the task `nli`, clean and under noises at severities 1, 3 and 5; each language loses more."""
    cells = []
    for at, code in enumerate(codes):
        cells.append(cell("nli", code, clean - at, **more))
        for index, name in enumerate(names):
            for severity, loss in zip((1, 3, 5), losses, strict=True):
                cells.append(noised("nli", code, clean - at - loss * (1 + index + at), name, severity, **more))
    return cells


def run(folder: Path, cells, model="owner/base", **more):
    """Write a run with replicates."""
    what = content(cells, model=model, suite=None, **more)
    for number, each in enumerate(what["cells"]):
        if each["status"] == "ok":
            each["replicates"] = f"replicates/{each['task']}/{number}.npy"
            rng = np.random.default_rng([len(each["language"]), each["seed"]])
            noise = 0 if each["noise"] is None else each["noise"]["severity"]
            drawn = rng.normal(size=RESAMPLES) + noise * rng.normal(size=RESAMPLES)
            rows = [metric["value"] + drawn for metric in each["metrics"].values()]
            (folder / each["replicates"]).parent.mkdir(parents=True, exist_ok=True)
            np.save(folder / each["replicates"], np.array(rows, dtype=np.float32))
    return save(folder, json.loads(json.dumps(what)))
