"""The store: a folder of artifacts, each whole or absent, named by the content that makes it."""

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
from xharness.store.writing import cannot_save, failed_saving, guarded, sync, write_json, write_text

if TYPE_CHECKING:
    from filelock import BaseFileLock

MANIFEST = "artifact.json"
_IN_USE = "in-use.txt"
_PATIENCE = 3.0
_POLL = 0.5


class Store:
    """Artifacts below `root`, in `objects/<kind>/<key[:2]>/<key>/`, each with its manifest `artifact.json`.

    Any number of processes may use one store. What is being made stands in `tmp/` and is renamed when it is whole;
    partial work that can be resumed stands in `scratch/`. Raises StoreError where the folder cannot be written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).expanduser().absolute()
        self._tmp, self._locks = self.root / "tmp", self.root / "locks"
        with guarded(self.root):
            for folder in (self._tmp, self._locks):
                folder.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            with self.temporary():  # shows that the store can be written to
                pass

    def path(self, kind: str, key: str) -> Path:
        """Return the folder of an artifact, whether it is there or not."""
        return self.root / "objects" / kind / key[:2] / key

    def has(self, kind: str, key: str) -> bool:
        """Say whether an artifact is there and whole: every file as large as its manifest says."""
        try:
            files = self.about(kind, key)["files"]
            folder = self.path(kind, key)
            return all((folder / name).stat().st_size == size for name, size in files.items())
        except (StoreError, OSError):
            return False

    def about(self, kind: str, key: str) -> dict[str, Any]:
        """Return the manifest: kind, key, about, created (UTC), files and their sizes; StoreError without one."""
        path = self.path(kind, key) / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read {path}: {error}; run again, and the artifact is made anew") from error
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
            raise StoreError(f"{path} is no manifest of an artifact; run again, and the artifact is made anew")
        return manifest

    @contextmanager
    def creating(self, kind: str, key: str, about: Mapping[str, Any]) -> Iterator[Path]:
        """Give a temporary folder to fill, which becomes the artifact when the block ends without an error.

        `about` (plain JSON) goes into the manifest. Where another process was first, its artifact stays and this
        one is dropped. Raises StoreError where something cannot be saved, within the block or after it.
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
        """Return a folder for partial work on an artifact, which outlives the process until the artifact is there."""
        path = self._scratch(kind, key)
        with guarded(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def lock(self, kind: str, key: str, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold an artifact's lock, so that no two processes do the same long work; it falls when its holder dies.

        Waits as long as another process holds it; `on_wait(what)` hears of that once, after some seconds.
        """
        from filelock import FileLock, Timeout

        path = self._locks / f"{kind}-{key}.lock"
        lock = FileLock(path)
        with guarded(path), suppress(Timeout):
            lock.acquire(timeout=_PATIENCE)
        if not lock.is_locked:
            if on_wait:
                on_wait(f"waiting for another process that makes the same {kind} {key[:8]} (lock: {path})")
            with guarded(path):
                lock.acquire(poll_interval=_POLL)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def using(self, keys: Iterable[str]) -> Iterator[Path]:
        """Keep artifacts, there or to come, from being withdrawn within the block; give the mark that says so."""
        with self.temporary() as folder:
            with self._committing():
                write_text(folder / _IN_USE, "\n".join(keys))
            yield folder / _IN_USE

    @contextmanager
    def withdrawing(self) -> Iterator[Path]:
        """Give a folder to move there what is to be removed; meanwhile nothing is committed, or is in use anew."""
        with self.temporary() as folder, guarded(self.root), self._committing():
            yield folder

    def _committing(self) -> BaseFileLock:
        from filelock import FileLock

        return FileLock(self._locks / "commit.lock")

    def _scratch(self, kind: str, key: str) -> Path:
        return self.root / "scratch" / kind / key[:2] / key

    def _commit(self, folder: Path, kind: str, key: str) -> None:
        for path in (*folder.rglob("*"), folder):
            sync(path)
        target = self.path(kind, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._committing():
            if not self.has(kind, key):
                if target.exists():  # damaged; it leaves with the temporary folder
                    target.rename(_beside(folder, ".old"))
                folder.rename(target)
                sync(target.parent)
        shutil.rmtree(self._scratch(kind, key), ignore_errors=True)

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """Give a new folder of this process alone, gone after the block, or when the store is opened after a kill."""
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
        """Remove the temporary folders of processes of this host that died."""
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


def in_use(root: Path, but: Path | None = None) -> set[str] | None:
    """Return the keys that processes keep in use, None where none uses the store; one mark may be left out."""
    marks = [mark.with_suffix("") / _IN_USE for mark in (root / "tmp").glob("*.lock") if held(mark)]
    found = [mark.read_text(encoding="utf-8").splitlines() for mark in marks if mark.is_file() and mark != but]
    return set().union(*found) if found else None


def held(lock: Path) -> bool:
    """Say whether a process holds a lock file; those of temporary folders of other hosts are taken to be held."""
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
    """Return the end of the names of this host's temporary folders; another host's locks may not show here."""
    return f"@{socket.gethostname()}"


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(folder.name + suffix)


def _remove(folder: Path) -> None:
    """Remove a temporary folder, what it was to replace, and last its lock file, so that none is left without one."""
    for path in (folder, _beside(folder, ".old")):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        _beside(folder, ".lock").unlink(missing_ok=True)
