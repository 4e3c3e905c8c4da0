"""A pool of vectors keeps whole shards and removes those that a killed process did not finish."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

from xharness.run.searches.vectors import VectorPool
from xharness.store.writing import process_name


def test_unfinished_shards_of_dead_processes_are_removed(tmp_path):
    pool = VectorPool(tmp_path)
    pool.put(["a", "b"], np.ones((2, 3), dtype=np.float32))
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    whole = sorted(path.name for path in tmp_path.iterdir())
    mine = process_name()
    dead = mine.replace(str(os.getpid()), str(process.pid))
    for name in (f"ab-{dead}-1.vectors.npy", f"ab-{dead}-1.tmp", f"ab-{mine}-7.vectors.npy"):
        (tmp_path / name).write_bytes(b"half")
    again = VectorPool(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*whole, f"ab-{mine}-7.vectors.npy"])
    assert not again.lacks("a")
    assert again.lacks("c")
    assert again.matrix(["b"], tmp_path / "out.npy").tolist() == [[1.0, 1.0, 1.0]]
