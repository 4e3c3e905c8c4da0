"""Answers of an endpoint on disk: one small file each, named after the content of the request."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from xharness import StageError

_FORMAT = 1
_ABANDONED = 3600.0


class Cache:
    """Answers in a folder, None for no cache. An entry that is damaged counts as missing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder and folder.is_dir():
            _clean(folder)

    def get(self, request: Mapping[str, Any]) -> Any:
        """Return the answer to a request, None if it is not cached."""
        if self._folder is None:
            return None
        name = _digest(request)
        try:
            entry = json.loads(self._path(name).read_bytes())
            content = entry["answer"]
            return content if entry["digest"] == _checksum(name, content) else None
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None

    def put(self, request: Mapping[str, Any], answer: Any) -> None:
        """Save an answer: the whole file appears at once; StageError if it cannot be written."""
        if self._folder is None:
            return
        name = _digest(request)
        path = self._path(name)
        temporary = path.with_name(f".{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
        entry = {"digest": _checksum(name, answer), "answer": answer}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(entry), encoding="utf-8")
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StageError(
                f"cannot save the answer {path}: {error.strerror}; free disk space, or choose another --store"
            ) from error

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / name[:2] / f"{name}.json"


def _clean(folder: Path) -> None:
    """Remove the temporary files of processes that were killed."""
    for path in folder.glob("*/.*.tmp"):
        try:
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()
        except OSError:  # another process has removed it
            continue


def _digest(request: Mapping[str, Any]) -> str:
    text = json.dumps([_FORMAT, request], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(name: str, answer: Any) -> str:
    return hashlib.sha256((name + json.dumps(answer)).encode()).hexdigest()[:16]
