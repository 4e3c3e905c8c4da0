"""Exact nearest neighbours between two sets of random vectors: time and memory against peers in the same run.

    python benchmarks/search.py [--rows 200000] [--queries 200000] [--width 768] [--neighbours 4] [--skip-plain]
    python benchmarks/search.py --rows 1000000 --queries 1500 --neighbours 20 --mapped      as Mewsli-X has

Peers: faiss's IndexFlatIP (add, then search), and a matrix product in blocks of 1,024 rows with torch's topk. Memory is
what the process held at most beyond the two sets of vectors; with `--mapped` the database lies in a file, and pages of
it that the system could drop at any time do not count.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from xharness.engine.search import nearest

Found = tuple[np.ndarray, np.ndarray]


def index_flat(queries: np.ndarray, database: np.ndarray, k: int) -> Found:
    import faiss

    index = faiss.IndexFlatIP(database.shape[1])
    index.add(database)
    return index.search(queries, k)


def plain_blocks(queries: np.ndarray, database: np.ndarray, k: int, rows: int = 1024) -> Found:
    import torch

    right = torch.from_numpy(database).T
    parts = [(torch.from_numpy(queries[at : at + rows]) @ right).topk(k) for at in range(0, len(queries), rows)]
    return tuple(torch.cat([part[place] for part in parts]).numpy() for place in (0, 1))


class Peak:
    """The most memory that the process holds within a block, in bytes."""

    def __enter__(self) -> Peak:
        self.process = psutil.Process()
        self.start = self.most = self.held()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self) -> None:
        """Look at the memory now and then."""
        while not self.over.wait(0.05):
            self.most = max(self.most, self.held())

    def held(self) -> int:
        """Return the memory of the process alone, without pages of files."""
        info = self.process.memory_info()
        return info.rss - info.shared

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    @property
    def extra(self) -> float:
        """Return what was held beyond what was there before."""
        return self.most - self.start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--queries", type=int, help="as many as rows by default")
    parser.add_argument("--mapped", action="store_true", help="keep the database in a file, mapped into memory")
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--neighbours", type=int, default=4)
    parser.add_argument("--skip-plain", action="store_true", help="leave out the matrix product in blocks")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((args.queries or args.rows, args.width), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        database = filled(rng, args.rows, args.width, Path(folder) / "database.f32" if args.mapped else None)
        print(f"{len(queries):,} x {len(database):,} vectors of {args.width}, {database.nbytes / 1e9:.2f} GB to search")
        compare(args, queries, database)


def filled(rng: np.random.Generator, rows: int, width: int, file: Path | None) -> np.ndarray:
    """Return random vectors, in a file where one is given, made block by block."""
    if file is None:
        return rng.standard_normal((rows, width), dtype=np.float32)
    with file.open("wb") as opened:
        for start in range(0, rows, 10_000):
            opened.write(rng.standard_normal((min(10_000, rows - start), width), dtype=np.float32).tobytes())
    return np.memmap(file, dtype=np.float32, mode="r", shape=(rows, width))


def compare(args: argparse.Namespace, queries: np.ndarray, database: np.ndarray) -> None:
    ways: dict[str, Callable[[np.ndarray, np.ndarray, int], Found]] = {
        "xharness": nearest,
        "faiss IndexFlatIP": index_flat,
    }
    if not args.skip_plain:
        ways["torch blocks"] = plain_blocks
    reference: Found | None = None
    for name, way in ways.items():
        way(queries[:64], database[:64], args.neighbours)
        with Peak() as peak:
            began = time.perf_counter()
            found = way(queries, database, args.neighbours)
            seconds = time.perf_counter() - began
        reference = reference or found
        same = float((found[1] == reference[1]).mean())
        print(f"{name:<18} {seconds:8.1f} s  {peak.extra / 1e6:8,.0f} MB more  {100 * same:.3f} % same", flush=True)


if __name__ == "__main__":
    main()
