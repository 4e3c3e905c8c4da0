"""The store: a folder of content-addressed artifacts, each complete or absent."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import StoreError, XHarnessError
from xharness.store.writing import (
    cannot_save,
    failed_saving,
    guarded,
    remove_abandoned,
    sync,
    write_json,
    write_text,
)

if TYPE_CHECKING:
    from filelock import BaseFileLock

MANIFEST = "artifact.json"
_IN_USE = "in-use.txt"
_PATIENCE = 3.0
_POLL = 0.5


class Store:
    """Artifacts below `root`, in `objects/<kind>/<key[:2]>/<key>/`, each with its manifest `artifact.json`.

    Several processes can use one store. An artifact is written to `tmp/` and renamed when it is complete; resumable
    partial work is in `scratch/`. Raises StoreError if the folder is not writable.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).expanduser().absolute()
        self._tmp, self._locks = self.root / "tmp", self.root / "locks"
        with guarded(self.root):
            for folder in (self._tmp, self._locks):
                folder.mkdir(parents=True, exist_ok=True)
            remove_abandoned(self.root)
            self._remove_abandoned()
            self._remove_finished()
            with self.temporary():  # fails if the store is not writable
                pass

    def path(self, kind: str, key: str) -> Path:
        """Return the folder of an artifact, which need not exist."""
        return self.root / "objects" / kind / key[:2] / key

    def has(self, kind: str, key: str) -> bool:
        """Return whether an artifact exists and is complete: every file has the size given in its manifest."""
        try:
            files = self.about(kind, key)["files"]
            folder = self.path(kind, key)
            return all((folder / name).stat().st_size == size for name, size in files.items())
        except (StoreError, OSError):
            return False

    def about(self, kind: str, key: str) -> dict[str, Any]:
        """Return the manifest: kind, key, about, created (UTC), files with sizes; raise StoreError if it is missing."""
        path = self.path(kind, key) / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read {path}: {error}; run again to recreate the artifact") from error
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
            raise StoreError(f"{path} is not a manifest of an artifact; run again to recreate the artifact")
        return manifest

    @contextmanager
    def creating(self, kind: str, key: str, about: Mapping[str, Any]) -> Iterator[Path]:
        """Yield a temporary folder, which becomes the artifact when the block ends without an error.

        `about` (plain JSON) is saved in the manifest. If another process has created the artifact meanwhile, that one
        is kept. Raises StoreError if anything cannot be saved, within the block or after it.
        """
        with self.temporary() as folder:
            try:
                yield folder
            except XHarnessError:
                raise
            except Exception as error:
                if failure := failed_saving(error, folder):
                    raise cannot_save(self.path(kind, key), failure) from error
                raise
            with guarded(self.path(kind, key)):
                files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
                manifest = {
                    "kind": kind,
                    "key": key,
                    "about": dict(about),
                    "created": datetime.now(UTC).isoformat(timespec="seconds"),
                    "files": {path.relative_to(folder).as_posix(): path.stat().st_size for path in files},
                }
                write_json(folder / MANIFEST, manifest)
                self._commit(folder, kind, key)

    def scratch(self, kind: str, key: str) -> Path:
        """Return a folder for partial work on an artifact; it is kept until the artifact is created."""
        path = self._scratch(kind, key)
        with guarded(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def lock(self, kind: str, key: str, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold the lock of an artifact, so that two processes do not do the same work; a dead process releases it.

        Waits while another process holds the lock; after some seconds `on_wait(message)` is called once.
        """
        from filelock import FileLock, Timeout

        path = self._lock_of(kind, key)
        lock = FileLock(path)
        with guarded(path), suppress(Timeout):
            lock.acquire(timeout=_PATIENCE)
        if not lock.is_locked:
            if on_wait:
                on_wait(f"waiting for another process that creates the same {kind} {key[:8]} (lock: {path})")
            with guarded(path):
                lock.acquire(poll_interval=_POLL)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def using(self, keys: Iterable[str]) -> Iterator[Path]:
        """Mark artifacts, existing or future, as in use within the block, to prevent their removal; yield the mark."""
        with self.temporary() as folder:
            with self._committing():
                write_text(folder / _IN_USE, "\n".join(keys))
            yield folder / _IN_USE

    @contextmanager
    def withdrawing(self) -> Iterator[Path]:
        """Yield a folder into which artifacts are moved for removal; no artifact is committed or marked meanwhile."""
        with self.temporary() as folder, guarded(self.root), self._committing():
            yield folder

    def _committing(self) -> BaseFileLock:
        from filelock import FileLock

        return FileLock(self._locks / "commit.lock")

    def _lock_of(self, kind: str, key: str) -> Path:
        return self._locks / f"{kind}-{key}.lock"

    def _scratch(self, kind: str, key: str) -> Path:
        return self.root / "scratch" / kind / key[:2] / key

    def _commit(self, folder: Path, kind: str, key: str) -> None:
        for path in (*folder.rglob("*"), folder):
            sync(path)
        target = self.path(kind, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._committing():
            if not self.has(kind, key):
                if target.exists():  # damaged; removed with the temporary folder
                    target.rename(_beside(folder, ".old"))
                folder.rename(target)
                sync(target.parent)
        shutil.rmtree(self._scratch(kind, key), ignore_errors=True)

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """Yield a new folder, removed after the block, or after a kill when the store is opened the next time."""
        from filelock import FileLock

        folder = self._tmp / f"{os.getpid()}-{os.urandom(6).hex()}{_mine()}"
        lock = FileLock(_beside(folder, ".lock"))
        with guarded(folder):
            lock.acquire()
            folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)
            lock.release()

    def _remove_abandoned(self) -> None:
        """Remove the temporary folders of dead processes of this host."""
        from filelock import FileLock, Timeout

        for mark in self._tmp.glob("*.lock"):
            folder = mark.with_suffix("")
            if not folder.name.endswith(_mine()):
                continue
            lock = FileLock(mark)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            _remove(folder)
            lock.release()

    def _remove_finished(self) -> None:
        """Remove partial work on artifacts that are finished: a process was killed before it removed it.

        Work that is newer than the manifest belongs to an artifact that is made again, and is kept.
        """
        from filelock import FileLock, Timeout

        for folder in self.root.glob("scratch/*/*/*"):
            kind, key = folder.parent.parent.name, folder.name
            if not self._is_finished(kind, key):
                continue
            with suppress(Timeout), FileLock(self._lock_of(kind, key), timeout=0):
                if self._is_finished(kind, key):
                    shutil.rmtree(folder, ignore_errors=True)

    def _is_finished(self, kind: str, key: str) -> bool:
        try:
            finished = (self.path(kind, key) / MANIFEST).stat().st_mtime_ns
            partial = [path.stat().st_mtime_ns for path in self._scratch(kind, key).rglob("*") if path.is_file()]
        except OSError:  # not finished, or another process removes the partial work
            return False
        return max(partial, default=0) <= finished


def in_use(root: Path, but: Path | None = None) -> set[str] | None:
    """Return the keys that processes have marked as in use, ignoring the mark `but`; None if there are no marks."""
    marks = [mark.with_suffix("") / _IN_USE for mark in (root / "tmp").glob("*.lock") if held(mark)]
    keys = [mark.read_text(encoding="utf-8").splitlines() for mark in marks if mark.is_file() and mark != but]
    return set().union(*keys) if keys else None


def held(lock: Path) -> bool:
    """Return whether a process holds a lock file; locks of temporary folders of other hosts count as held."""
    from filelock import FileLock, Timeout

    if "@" in lock.name and not lock.stem.endswith(_mine()):
        return True
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def _mine() -> str:
    """Return the name suffix of this host's temporary folders; locks of other hosts may not be visible here."""
    return f"@{socket.gethostname()}"


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(folder.name + suffix)


def _remove(folder: Path) -> None:
    """Remove a temporary folder and the artifact that it replaces, and last its lock file."""
    for path in (folder, _beside(folder, ".old")):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        _beside(folder, ".lock").unlink(missing_ok=True)
