"""The vectors of a checkpoint: a text is encoded once, for all tasks and languages in which it occurs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.store.writing import abandoned, guarded, process_name

if TYPE_CHECKING:
    import numpy as np

_FLUSH_BYTES = 64 * 2**20


def text_key(text: str) -> bytes:
    """Return the 16-byte digest of a text, its key in a pool."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class VectorPool:
    """Vectors by text, in the shards of a folder; complete shards are kept if the process is killed.

    A shard is a pair of files, `<name>.vectors.npy` (float32, shape (rows, dimension)) and `<name>.keys` (16 bytes a
    row); the second is written last and makes the shard valid. Shards are never changed, so that processes can share
    a folder.
    """

    def __init__(self, folder: Path) -> None:
        """Open a pool; create its folder if necessary."""
        import numpy as np

        self._folder = folder
        with guarded(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _remove_incomplete(folder)
        self._rows: dict[bytes, tuple[int, int]] = {}
        self._shards: list[np.ndarray] = []
        self._open: tuple[list[bytes], list[np.ndarray]] = ([], [])
        for keys in sorted(folder.glob("*.keys")):
            vectors = np.load(keys.with_suffix(".vectors.npy"), mmap_mode="r")
            self._take(keys.read_bytes(), vectors)

    def _take(self, keys: bytes, vectors: np.ndarray) -> None:
        for row in range(len(keys) // 16):
            self._rows.setdefault(keys[row * 16 : row * 16 + 16], (len(self._shards), row))
        self._shards.append(vectors)

    def encode(
        self, groups: Iterable[list[str]], embed: Callable[[Iterable[str]], Iterator[np.ndarray]]
    ) -> Iterator[int]:
        """Embed the texts that the pool lacks in one stream; yield the number of each group when it is complete."""
        waiting: list[tuple[int, int]] = []
        requested: list[bytes] = []
        seen: set[bytes] = set()

        def missing() -> Iterator[str]:
            for number, texts in enumerate(groups):
                for text in texts:
                    key = text_key(text)
                    if key not in self._rows and key not in seen:
                        seen.add(key)
                        requested.append(key)
                        yield text
                waiting.append((number, len(requested)))

        done = 0
        for block in embed(missing()):
            self._add(requested[done : done + len(block)], block)
            done += len(block)
            while waiting and waiting[0][1] <= done:
                self._flush()
                yield waiting.pop(0)[0]
        self._flush()
        for number, _ in waiting:
            yield number

    def lacks(self, text: str) -> bool:
        """Return whether a text has no vector in any shard."""
        return text_key(text) not in self._rows

    def put(self, texts: list[str], vectors: np.ndarray) -> None:
        """Write the vectors of texts into a shard."""
        self._add([text_key(text) for text in texts], vectors)
        self._flush()

    def _add(self, keys: list[bytes], block: np.ndarray) -> None:
        held, blocks = self._open
        held.extend(keys)
        blocks.append(block)
        if sum(part.nbytes for part in blocks) >= _FLUSH_BYTES:
            self._flush()

    def _flush(self) -> None:
        import numpy as np

        held, blocks = self._open
        if not held:
            return
        vectors, keys = np.concatenate(blocks), b"".join(held)
        self._open = ([], [])
        digest = hashlib.blake2b(keys, digest_size=8).hexdigest()
        name = self._folder / f"{digest}-{process_name()}-{len(self._shards)}"
        with guarded(name):
            path = name.with_suffix(".vectors.npy")
            with path.open("wb") as file:
                np.save(file, vectors)
                file.flush()
                os.fsync(file.fileno())
            temporary = name.with_suffix(".tmp")
            temporary.write_bytes(keys)
            temporary.replace(name.with_suffix(".keys"))
        self._take(keys, np.load(path, mmap_mode="r"))

    def matrix(self, texts: list[str], path: Path) -> np.ndarray:
        """Write the vectors of texts, in their order, to a file and return it memory-mapped, shape (n, dimension)."""
        import numpy as np

        rows = np.array([self._rows[text_key(text)] for text in texts], dtype=np.int64).reshape(-1, 2)
        width = self._shards[0].shape[1]
        with guarded(path):
            out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(texts), width))
            for shard, vectors in enumerate(self._shards):
                own = np.flatnonzero(rows[:, 0] == shard)
                for start in range(0, len(own), 65536):
                    part = own[start : start + 65536]
                    out[part] = vectors[rows[part, 1]]
            out.flush()
        return out


def _remove_incomplete(folder: Path) -> None:
    """Remove the files of shards that killed processes of this machine did not finish."""
    for path in (*folder.glob("*.vectors.npy"), *folder.glob("*.tmp")):
        if abandoned(path.name) and not (folder / f"{path.name.partition('.')[0]}.keys").exists():
            path.unlink(missing_ok=True)
