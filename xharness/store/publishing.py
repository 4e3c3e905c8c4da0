"""Put finished files and folders in place, create-if-absent: nothing that exists is ever replaced.

A file is published with a hard link, or where the file system has none, by opening it exclusively. A folder is
published by renaming it: POSIX lets a folder be renamed onto an absent or empty folder only. Both hold on NFS, whose
server decides; a request that a client repeats may report an error although it succeeded, so results are looked up.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from xharness.store.writing import guarded, process_name, sync

Result = TypeVar("Result")
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
_OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR}
_STALE_TRIES, _STALE_WAIT = 5, 0.1


def publish(path: Path, content: bytes) -> bool:
    """Write a file unless it exists, and return whether this call wrote it; readers never see a part of it.

    Without hard links a reader can see an incomplete file for a moment. Raises StoreError if it cannot be saved.
    """
    temporary = path.with_name(f".{process_name()}-{os.urandom(6).hex()}.tmp")
    with guarded(path):
        try:
            _write_new(temporary, content)
            return _linked(temporary, path, content)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def publish_folder(folder: Path, target: Path) -> bool:
    """Rename a finished folder to `target`, and return whether it is there now.

    Returns False if `target` is occupied. Raises OSError if it cannot be renamed for another reason.
    """
    inode = folder.stat().st_ino
    try:
        folder.rename(target)
    except OSError as error:
        if _inode(target) == inode:  # the network file system repeated a request that had succeeded
            return True
        if error.errno in _OCCUPIED:
            return False
        raise
    sync(target.parent)
    return True


def patient(read: Callable[[], Result]) -> Result:
    """Return what `read` returns; a file that was replaced on the server meanwhile (ESTALE) is opened again."""
    for _ in range(_STALE_TRIES - 1):
        try:
            return read()
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
            time.sleep(_STALE_WAIT)
    return read()


def _linked(temporary: Path, path: Path, content: bytes) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return _inode(path) == _inode(temporary)  # see publish_folder
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _exclusive(path, content)
    sync(path.parent)
    return True


def _exclusive(path: Path, content: bytes) -> bool:
    try:
        _write_new(path, content)
    except FileExistsError:
        return False
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
