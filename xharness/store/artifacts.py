"""The store: a folder of content-addressed artifacts, each complete or absent."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from xharness.errors import StoreError, XHarnessError
from xharness.store.checksums import fault, sha256, signed
from xharness.store.known_keys import KnownKeys
from xharness.store.leases import SUFFIX, Leases, held
from xharness.store.mirror import mirror_of_environment
from xharness.store.partial_work import continued, key_of_scratch, partial_work
from xharness.store.publishing import patient, publish_folder
from xharness.store.writing import (
    cannot_save,
    failed_saving,
    guarded,
    remove_abandoned,
    sync,
    write_json,
    write_text,
)

MANIFEST = "artifact.json"
_IN_USE = "in-use.txt"
DROPPED = "dropped"
"""The manifest key with the name of the folder that was removed from an artifact."""
CORRUPT = "corrupt"
"""The folder of a store with the artifacts whose files do not agree with their manifests."""
_PATIENCE = 3.0
_POLL = 0.5
_COMMIT_PATIENCE = 10.0
_TRIES = 3


class Store:
    """Artifacts below `root`, in `objects/<kind>/<key[:2]>/<key>/`, each with its manifest `artifact.json`.

    Several processes on several machines can use one store. An artifact is written to `tmp/` and published
    create-if-absent when it is complete; resumable partial work is in `scratch/`. If the environment names a copy
    (`XHARNESS_STORE_REMOTE`), artifacts that this folder lacks are downloaded from it, and others uploaded to it.
    `report` is called with a line about each corrupt artifact. Raises StoreError if the folder is not writable.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).expanduser().absolute()
        self._tmp, self._locks = self.root / "tmp", self.root / "locks"
        self.report: Callable[[str], object] = str
        self._scratches: dict[tuple[str, str], Path] = {}
        self._sound: set[tuple[str, str]] = set()
        self._mirror = mirror_of_environment()
        self._known: KnownKeys | None = None
        with guarded(self.root):
            for folder in (self._tmp, self._locks):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in (self.root, self._locks):
                remove_abandoned(folder)
            self._remove_abandoned()
            self._remove_finished()
            self._remove_leases()
            with self.temporary():  # fails if the store is not writable
                pass

    def path(self, kind: str, key: str) -> Path:
        """Return the folder of an artifact, which need not exist."""
        return self.root / "objects" / kind / key[:2] / key

    def has(self, kind: str, key: str) -> bool:
        """Return whether an artifact exists and is complete; one that only the copy of the store has is downloaded."""
        return self.is_local(kind, key) or self._downloaded(kind, key)

    @contextmanager
    def listed(self) -> Iterator[None]:
        """List each kind once within the block; what other processes make there meanwhile counts as absent.

        It makes questions about many artifacts that do not exist fast.
        """
        self._known = KnownKeys(self.root)
        try:
            yield
        finally:
            self._known = None

    def _is_listed(self, kind: str, key: str) -> bool:
        return self._known is None or self._known.has(kind, key)

    def is_local(self, kind: str, key: str) -> bool:
        """Return whether an artifact is complete in this folder: every file has the size given in its manifest."""
        if not self._is_listed(kind, key):
            return False
        try:
            files = self.about(kind, key)["files"]
            folder = self.path(kind, key)
            return all((folder / name).stat().st_size == size for name, size in files.items())
        except (StoreError, OSError):
            return False

    def sound(self, kind: str, key: str, unread: Collection[str] = ()) -> bool:
        """Return whether an artifact exists and its files have the checksums given in its manifest; see `has`.

        A corrupt artifact is moved to `corrupt/` and reported. The files are read once for each object of this class;
        of the files `unread` only the size is verified.
        """
        if (kind, key) in self._sound and self.is_local(kind, key):
            return True
        found = self._is_sound(kind, key, unread)
        if found and self._mirror:
            self._mirror.upload(kind, key, self.path(kind, key), self.report)
        found = found or self._downloaded(kind, key)
        if found and not unread:
            self._sound.add((kind, key))
        return found

    def _is_sound(self, kind: str, key: str, unread: Collection[str]) -> bool:
        if not self._is_listed(kind, key):
            return False
        try:
            manifest = self.about(kind, key)
        except StoreError:
            wrong = "its manifest cannot be read" if self.path(kind, key).is_dir() else None
        else:
            wrong = None if DROPPED in manifest["about"] else fault(self.path(kind, key), manifest, unread)
        if wrong:
            self.report(f"{kind} {key[:8]} in the store is corrupt: {wrong}; {self._set_aside(kind, key)}")
        return not wrong and self.is_local(kind, key)

    def _downloaded(self, kind: str, key: str) -> bool:
        """Download an artifact from the copy of the store, and return whether this folder has it now."""
        if not (self._mirror and self._mirror.has(kind, key, self.report)):
            return False
        with self.temporary() as folder, guarded(self.path(kind, key)):
            if self._mirror.download(kind, key, folder, self.report):
                self._commit(folder, kind, key)
        return self.is_local(kind, key)

    def about(self, kind: str, key: str) -> dict[str, Any]:
        """Return the manifest; raise StoreError if it is missing.

        It has kind, key, about, created (UTC), the sizes (`files`) and checksums (`sha256`) of the files, and its own
        `checksum`.
        """
        if not self._is_listed(kind, key):
            raise StoreError(f"the store has no {kind} {key}; run again to create it")
        path = self.path(kind, key) / MANIFEST
        try:
            manifest = json.loads(patient(path.read_bytes))
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
                    "sha256": {path.relative_to(folder).as_posix(): sha256(path) for path in files},
                }
                write_json(folder / MANIFEST, signed(manifest))
                self._commit(folder, kind, key)
        if self._mirror:
            self._mirror.upload(kind, key, self.path(kind, key), self.report)

    def scratch(self, kind: str, key: str) -> Path:
        """Return a folder for partial work on an artifact; it is kept until the artifact is created."""
        path = self._scratches.get((kind, key)) or self._scratch(kind, key)
        with guarded(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def lock(self, kind: str, key: str, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold the lease of an artifact, so that two processes do not do the same work.

        Waits while another process holds it; after some seconds `on_wait(message)` is called once. The lease of a
        process that has ended or is silent is taken over. If that process may still run, partial work continues in a
        copy, so that the two do not write the same files.
        """
        leases, began, name = Leases(self._locks), time.monotonic(), f"{kind}-{key}"
        while (lease := leases.take(name, partial(partial_work, key))) is None:
            waited = time.monotonic() - began
            if on_wait and waited >= _PATIENCE:
                path = self._locks / f"{name}{SUFFIX}"
                on_wait(f"waiting for another process that creates the same {kind} {key[:8]} (lease: {path})")
                on_wait = None
            time.sleep(_POLL if waited >= _PATIENCE else _POLL / 10)
        scratch = self._scratch(kind, key).with_name(lease.about["scratch"])
        if lease.previous:
            continued(scratch.with_name(lease.previous.about["scratch"]), scratch)
        self._scratches[kind, key] = scratch
        try:
            yield
        finally:
            del self._scratches[kind, key]
            lease.release()

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

    @contextmanager
    def _committing(self) -> Iterator[None]:
        """Exclude removals and commits of other processes, unless one of them is stopped meanwhile."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._locks / "commit.lock")
        with suppress(Timeout):
            lock.acquire(timeout=_COMMIT_PATIENCE)
        try:
            yield
        finally:
            lock.release()

    def _scratch(self, kind: str, key: str) -> Path:
        return self.root / "scratch" / kind / key[:2] / key

    def _commit(self, folder: Path, kind: str, key: str) -> None:
        if self._known:
            self._known.add(kind, key)
        for path in (*folder.rglob("*"), folder):
            sync(path)
        target = self.path(kind, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._committing():
            for _ in range(_TRIES):  # another process may publish a damaged artifact again meanwhile
                if self.is_local(kind, key) or publish_folder(folder, target):
                    break
                self._set_aside(kind, key)
            else:
                raise StoreError(f"cannot save {target}: it is damaged and cannot be moved; delete it, then run again")
        shutil.rmtree(self._scratches.get((kind, key)) or self._scratch(kind, key), ignore_errors=True)

    def _set_aside(self, kind: str, key: str) -> str:
        """Move a damaged artifact to `corrupt/`, or delete it if it was dropped; return where it is in a few words."""
        aside = self.root / CORRUPT / f"{kind}-{key}-{os.urandom(4).hex()}"
        is_dropped = self._was_dropped(kind, key)
        try:
            aside.parent.mkdir(exist_ok=True)
            self.path(kind, key).rename(aside)
        except FileNotFoundError:
            return "another process has removed it"
        except OSError as error:
            return f"it cannot be moved to {aside.parent} ({error.strerror}); delete {self.path(kind, key)}"
        if is_dropped:
            shutil.rmtree(aside, ignore_errors=True)
        return f"moved to {aside}; it is made again"

    def _was_dropped(self, kind: str, key: str) -> bool:
        try:
            return DROPPED in self.about(kind, key)["about"]
        except StoreError:
            return False

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
        for folder in self.root.glob("scratch/*/*/*"):
            kind, key = folder.parent.parent.name, key_of_scratch(folder.name)
            if not self._is_finished(kind, key, folder):
                continue
            if lease := Leases(self._locks).take(f"{kind}-{key}", partial(partial_work, key)):
                if self._is_finished(kind, key, folder):
                    shutil.rmtree(folder, ignore_errors=True)
                lease.release()

    def _remove_leases(self) -> None:
        """Remove the leases of processes of this machine that have ended, unless they name other partial work."""
        leases = Leases(self._locks)
        for name, holder in list(leases.holders()):
            kind, _, key = name.rpartition("-")
            if holder.gone and (holder.about.get("scratch") == key or self.is_local(kind, key)):
                leases.discard(name, holder)

    def _is_finished(self, kind: str, key: str, scratch: Path) -> bool:
        if scratch.name != key and self.is_local(kind, key):  # a copy, which no process continues
            return True
        try:
            finished = (self.path(kind, key) / MANIFEST).stat().st_mtime_ns
            newest = [path.stat().st_mtime_ns for path in scratch.rglob("*") if path.is_file()]
        except OSError:  # not finished, or another process removes the partial work
            return False
        return max(newest, default=0) <= finished


def in_use(root: Path, but: Path | None = None) -> set[str] | None:
    """Return the keys that processes have marked as in use, ignoring the mark `but`; None if there are no marks."""
    marks = [mark.with_suffix("") / _IN_USE for mark in (root / "tmp").glob("*.lock") if locked(mark)]
    keys = [mark.read_text(encoding="utf-8").splitlines() for mark in marks if mark.is_file() and mark != but]
    return set().union(*keys) if keys else None


def in_work(root: Path, kind: str, key: str) -> bool:
    """Return whether a process holds the lease of an artifact."""
    return held(root / "locks" / f"{kind}-{key}{SUFFIX}")


def locked(lock: Path) -> bool:
    """Return whether a process holds the lock of a temporary folder; locks of other hosts count as held."""
    from filelock import FileLock, Timeout

    if not lock.stem.endswith(_mine()):
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
    """Remove a temporary folder, what older versions left beside it, and last its lock file."""
    for path in (folder, _beside(folder, ".old")):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        _beside(folder, ".lock").unlink(missing_ok=True)
