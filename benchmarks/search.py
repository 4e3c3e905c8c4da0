"""Time and memory of an exact nearest neighbour search between two sets of random vectors, compared with others.

    python benchmarks/search.py [--rows 200000] [--queries 200000] [--width 768] [--neighbours 4] [--skip-plain]
    python benchmarks/search.py --rows 1000000 --queries 1500 --neighbours 20 --mapped      # the size of Mewsli-X

Compared with faiss's IndexFlatIP (add, then search), and with a matrix product in blocks of 1,024 rows and torch's
topk. Memory is the peak of the process beyond the two sets of vectors. With `--mapped` the database is a memory-mapped
file, whose pages do not count, since the system can drop them at any time.
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
    """Measure the peak memory of the process within a `with` block, in bytes."""

    def __enter__(self) -> Peak:
        self.process = psutil.Process()
        self.start = self.most = self.held()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self) -> None:
        """Sample the memory until the block ends."""
        while not self.over.wait(0.05):
            self.most = max(self.most, self.held())

    def held(self) -> int:
        """Return the memory of the process without file pages, in bytes."""
        info = self.process.memory_info()
        return info.rss - info.shared

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    @property
    def extra(self) -> float:
        """Return the peak minus the memory at the start, in bytes."""
        return self.most - self.start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="vectors in the database (default: 200,000)")
    parser.add_argument("--queries", type=int, help="query vectors (default: as many as --rows)")
    parser.add_argument("--mapped", action="store_true", help="store the database in a memory-mapped file")
    parser.add_argument("--width", type=int, default=768, help="dimensions (default: 768)")
    parser.add_argument("--neighbours", type=int, default=4, help="neighbours per query (default: 4)")
    parser.add_argument("--skip-plain", action="store_true", help="skip the matrix product in blocks")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((args.queries or args.rows, args.width), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        database = filled(rng, args.rows, args.width, Path(folder) / "database.f32" if args.mapped else None)
        print(f"{len(queries):,} x {len(database):,} vectors of {args.width}, {database.nbytes / 1e9:.2f} GB to search")
        compare(args, queries, database)


def filled(rng: np.random.Generator, rows: int, width: int, file: Path | None) -> np.ndarray:
    """Return random vectors, shape (rows, width), written block by block to `file` if it is given."""
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
