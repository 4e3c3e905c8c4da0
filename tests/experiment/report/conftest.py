"""Rows of an experiment with noisy cells, their scores and replicates on disk."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from xharness.experiment.scores import Scores

R = 1000


class Rows:
    """Builds the results of rows from scores of cells."""

    def __init__(self, folder):
        self.folder = folder
        self.numbers = count()

    def record(self, task, language, seed, noise, value, drawn=None, **more):
        path = None
        if drawn is not None:
            path = f"{next(self.numbers)}.npy"
            np.save(self.folder / path, np.atleast_2d(drawn).astype(np.float32))
        name, severity = noise or (None, None)
        return {
            "task": task,
            "language": language,
            "seed": seed,
            "noise": {"name": name, "severity": severity, "version": 1, "seed": 0} if noise else None,
            "status": "ok",
            "split": "test",
            "data": {"examples": f"{task}:{language}"},
            "n": 100,
            "metrics": {"score": {"value": value, "signature": "score"}},
            "replicates": path,
            "reason": None,
            **more,
        }

    def scores(self, *records, lower=()):
        tasks = dict.fromkeys(record["task"] for record in records)
        about = {task: {"metric": "score", "higher_is_better": task not in lower} for task in tasks}
        return Scores(self.folder, {"cells": list(records), "tasks": about})

    def row(self, *pairs, spread=None, lower=()):
        """Return a row of (task, language, noise name, severity, clean, noisy), with replicates drawn by `spread`."""
        records, clean = [], set()
        for task, language, noise, severity, before, after in pairs:
            if (task, language) not in clean:
                records.append(self.record(task, language, 1, None, before, spread and spread(before)))
                clean.add((task, language))
            records.append(self.record(task, language, 1, (noise, severity), after, spread and spread(after)))
        return self.scores(*records, lower=lower)


@pytest.fixture
def rows(tmp_path):
    return Rows(tmp_path)
