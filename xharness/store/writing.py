"""Writing files so that a reader sees the old content or the new, never a part; failing to save is an error."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from xharness.errors import StoreError

_REMEDIES = {
    errno.ENOSPC: "free some disk space, or choose another disk",
    errno.EDQUOT: "free some of your quota, or choose another disk",
    errno.EFBIG: "lift the limit on file sizes (ulimit -f), or choose another disk",
    errno.EROFS: "choose a folder that can be written to",
    errno.EIO: "the disk or its connection fails; choose another disk",
}
_PROBE = 2**20
_ELSEWHERE = "choose a folder that you may write to"


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn a failure of the file system into a StoreError: what failed, where, and what to do."""
    try:
        yield
    except OSError as error:
        raise cannot_save(path, error) from error


def cannot_save(path: Path, error: Exception) -> StoreError:
    """Build the error for something that could not be saved at `path`."""
    code = _code(error)
    reason = os.strerror(code) if code else str(error)
    return StoreError(f"cannot save {path}: {reason}; {_REMEDIES.get(code, _ELSEWHERE)}, then run again")


def failed_saving(error: Exception, folder: Path) -> Exception | None:
    """Return the file system's failure behind an error met while filling `folder`; None for any other failure.

    Some libraries (torch, numpy) hide the system's error, so it is tried whether the folder can still be written to.
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
    # Libraries that write through other languages (safetensors) pass on only the system's words.
    return next((code for code in _REMEDIES if os.strerror(code) in str(error)), 0)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and flush it to the disk; StoreError where that fails."""
    temporary = path.with_name(f".{os.getpid()}-{os.urandom(6).hex()}.tmp")
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


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, line ends as they are; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write a value as indented JSON; StoreError also where it is not plain JSON (NaN is not)."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise StoreError(f"cannot save {path}: its content is not plain JSON: {error}") from error
    write_bytes(path, f"{text}\n".encode("utf-8", "backslashreplace"))  # a lone surrogate as JSON's own escape


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
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
