"""Write files atomically: a reader sees the old or the new content, never a part. Failing to save is an error."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from xharness.errors import StoreError

_REMEDIES = {
    errno.ENOSPC: "free disk space, or use another disk",
    errno.EDQUOT: "free some of your quota, or use another disk",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f), or use another disk",
    errno.EROFS: "use a writable folder",
    errno.EIO: "the disk or its connection is failing; use another disk",
}
_PROBE = 2**20
_ELSEWHERE = "use a folder that you can write to"


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Convert an OSError into a StoreError that says what failed, where, and what to do."""
    try:
        yield
    except OSError as error:
        raise cannot_save(path, error) from error


def cannot_save(path: Path, error: Exception) -> StoreError:
    """Return the error for content that cannot be saved at `path`."""
    code = _code(error)
    reason = os.strerror(code) if code else str(error)
    return StoreError(f"cannot save {path}: {reason}; {_REMEDIES.get(code, _ELSEWHERE)}, then run again")


def failed_saving(error: Exception, folder: Path) -> Exception | None:
    """Return the file system error behind an error raised while writing to `folder`; None if there is none.

    Some libraries (torch, numpy) hide the system error, so this tests whether the folder is still writable.
    """
    inside = isinstance(error, OSError) and isinstance(error.filename, str) and folder in Path(error.filename).parents
    if inside or _code(error) in _REMEDIES:
        return error
    probe = folder / ".probe"
    try:
        probe.write_bytes(bytes(_PROBE))
        probe.unlink()
    except OSError as failure:
        return failure
    return None


def _code(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    # Libraries in other languages (safetensors) pass on only the message of the system.
    return next((code for code in _REMEDIES if os.strerror(code) in str(error)), 0)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically and flush it to disk; raise StoreError if that fails."""
    temporary = path.with_name(f".{process_name()}-{os.urandom(6).hex()}.tmp")
    with guarded(path):
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files that killed processes of this machine left in a folder."""
    for path in folder.glob(f".*@{_host()}-*.tmp"):
        if abandoned(path.name):
            path.unlink(missing_ok=True)


def process_name() -> str:
    """Return the name of this process for the names of its files: `PID@HOST`, without a dot."""
    return f"{os.getpid()}@{_host()}"


def abandoned(name: str) -> bool:
    """Return whether the process in the name of a file ran on this machine and has ended."""
    match = re.search(rf"(\d+)@{re.escape(_host())}-", name)
    return match is not None and process_is_gone(int(match[1]))


def process_is_gone(pid: int) -> bool:
    """Return whether no process of this machine with a number runs; one that has ended may still be listed."""
    if os.name != "posix":  # on Windows signal 0 ends a process
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it belongs to another user
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] in "ZX"
    except (OSError, IndexError):
        return False


@cache
def this_machine() -> str:
    """Return a name of this machine and, in containers, of its process numbers: `HOST/NAMESPACE`."""
    try:
        return f"{_host()}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return f"{_host()}/"


def _host() -> str:
    return re.sub(r"\W", "_", socket.gethostname())


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 without changing line ends; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write a value as indented JSON; raise StoreError if it is not plain JSON (NaN is not), or as `write_bytes`."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise StoreError(f"cannot save {path}: the content is not plain JSON: {error}") from error
    write_bytes(path, f"{text}\n".encode("utf-8", "backslashreplace"))  # escapes lone surrogates as JSON does


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to disk."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return  # Windows has no way to flush a folder
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot flush a folder
            raise
    finally:
        os.close(descriptor)
