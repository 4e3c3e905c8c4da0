"""A copy of a store's artifacts behind an fsspec URL (s3, gs, hf, file), in the same layout `objects/<kind>/...`.

The manifest of an artifact is uploaded last, and everything that is downloaded is verified with it, so that an upload
which stopped half-way, or two that were mixed, counts as absent.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from xharness.errors import BadRequest
from xharness.store.checksums import fault

VARIABLE = "XHARNESS_STORE_REMOTE"
"""The environment variable with the URL."""
_MANIFEST = "artifact.json"
_PAUSE = 300.0
"""Seconds without requests after a failed one, because file systems try again for many seconds before they fail."""


class Mirror:
    """The artifacts below a URL. Each folder of 1/256 of a kind is listed once for each object of this class.

    An error of the file system is reported, once for each kind of error, and the artifact counts as absent. For some
    minutes nothing is downloaded or uploaded then; after an error of an upload, nothing is uploaded. A folder that
    cannot be listed gets no uploads, which might create a missing bucket.
    """

    def __init__(self, url: str) -> None:
        """Open a URL; BadRequest if it is none, its protocol is unknown or the package for it is missing."""
        from fsspec.core import url_to_fs

        if "://" not in url and not Path(url).is_absolute():
            raise BadRequest(f"{VARIABLE}={url}: give a URL such as s3://BUCKET/FOLDER, or an absolute path")
        self.url = url
        try:
            self._files, root = url_to_fs(url)
        except (ValueError, ImportError, OSError) as error:
            raise BadRequest(f"{VARIABLE}={url}: {error}") from error
        self._root = root.rstrip("/")
        self._listed: dict[str, set[str]] = {}
        self._reported: set[tuple[str, type[Exception]]] = set()
        self._failed = {"read": -math.inf, "write": -math.inf}

    def has(self, kind: str, key: str, report: Callable[[str], object]) -> bool:
        """Return whether there is a manifest of an artifact, whose files may be damaged."""
        return key in (self._keys(kind, key, report) or ())

    def download(self, kind: str, key: str, folder: Path, report: Callable[[str], object]) -> bool:
        """Download an artifact with its manifest into an empty folder; return whether it is there and sound."""
        if not self.has(kind, key, report):
            return False
        source = self._path(kind, key)
        try:
            content = self._files.cat_file(f"{source}/{_MANIFEST}")
            manifest = _manifest(content, kind, key)
            for name in manifest["files"]:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                self._files.get_file(f"{source}/{name}", str(folder / name))
            if wrong := fault(folder, manifest):
                raise ValueError(wrong)
        except (FileNotFoundError, ValueError) as error:
            # It is made again, and then uploaded again.
            self._listed[self._folder(kind, key)].discard(key)
            what = f"{kind} {key[:8]} is incomplete or corrupt there: {_line(error)}"
            report(f"store copy {self.url}: {what}; it is made again")
            return False
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            self._fail("read", "cannot download", error, report)
            return False
        (folder / _MANIFEST).write_bytes(content)
        return True

    def upload(self, kind: str, key: str, folder: Path, report: Callable[[str], object]) -> None:
        """Upload an artifact unless it is there, or it is not known whether it is."""
        known = self._keys(kind, key, report)
        if known is None or key in known or self._pauses("write"):
            return
        target = self._path(kind, key)
        try:
            for name in (*json.loads((folder / _MANIFEST).read_bytes())["files"], _MANIFEST):
                self._files.makedirs(str(PurePosixPath(target, name).parent), exist_ok=True)
                self._files.put_file(str(folder / name), f"{target}/{name}")
        except Exception as error:  # noqa: BLE001 - see download
            self._fail("write", "cannot upload", error, report)
        else:
            known.add(key)

    def _keys(self, kind: str, key: str, report: Callable[[str], object]) -> set[str] | None:
        """Return the keys in the folder of an artifact; None while nothing can be read."""
        folder = self._folder(kind, key)
        if self._pauses("read"):
            return None
        if folder not in self._listed:
            try:
                self._files.invalidate_cache()
                found = map(PurePosixPath, self._files.find(folder))
                manifests = [path for path in found if path.name == _MANIFEST and path.parents[1].name == key[:2]]
                self._listed[folder] = {path.parent.name for path in manifests}
            except Exception as error:  # noqa: BLE001 - see download
                self._fail("read", "cannot list", error, report)
        return self._listed.get(folder)

    def _pauses(self, way: str) -> bool:
        return time.monotonic() - self._failed[way] < _PAUSE

    def _fail(self, way: str, what: str, error: Exception, report: Callable[[str], object]) -> None:
        """Pause after a file system error; report the first error of each kind."""
        self._failed[way] = time.monotonic()
        if (what, type(error)) not in self._reported:
            self._reported.add((what, type(error)))
            report(f"store copy {self.url}: {what}: {_line(error)}; the run continues without it")

    def _folder(self, kind: str, key: str) -> str:
        return f"{self._root}/objects/{kind}/{key[:2]}"

    def _path(self, kind: str, key: str) -> str:
        return f"{self._folder(kind, key)}/{key}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def mirror_of_environment() -> Mirror | None:
    """Return the mirror that the environment names; None without one."""
    url = os.environ.get(VARIABLE)
    return Mirror(url) if url else None


def _manifest(content: bytes, kind: str, key: str) -> dict[str, Any]:
    """Return a manifest; ValueError if it is not that of a whole artifact with checksums and files of its own."""
    manifest: dict[str, Any] = json.loads(content)
    try:
        names, sums = manifest["files"], manifest["sha256"]
        if (manifest["kind"], manifest["key"]) != (kind, key) or set(names) != set(sums):
            raise ValueError("its manifest belongs to another artifact, or lacks checksums")
    except (LookupError, TypeError) as error:
        raise ValueError("its manifest cannot be read") from error
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or name == _MANIFEST:
            raise ValueError(f"its manifest names a file outside of it: {name}")
    return manifest
