"""Checksums of the files of an artifact, kept in its manifest, and of the manifest itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

_OWN = "checksum"


def signed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with the checksum of its other fields."""
    return {**manifest, _OWN: _digest(manifest)}


def _digest(manifest: Mapping[str, Any]) -> str:
    fields = {name: value for name, value in manifest.items() if name != _OWN}
    as_read = json.loads(json.dumps(fields, default=str))
    return hashlib.sha256(json.dumps(as_read, sort_keys=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault(folder: Path, manifest: Mapping[str, Any], unread: Collection[str] = ()) -> str | None:
    """Return what is wrong with an artifact in a few words, None if its files and manifest have their checksums.

    Of the files `unread` only the size is compared. Manifests of older versions have no checksum of their own, and the
    oldest have sizes only.
    """
    if _OWN in manifest and manifest[_OWN] != _digest(manifest):
        return "its manifest has another checksum than it should"
    known = manifest.get("sha256", {})
    for name, size in manifest["files"].items():
        try:
            found = (folder / name).stat().st_size
            if found != size:
                return f"{name} has size {found} instead of {size}"
            if name in known and name not in unread and sha256(folder / name) != known[name]:
                return f"{name} has another checksum than in its manifest"
        except FileNotFoundError:
            return f"{name} is missing"
        except OSError as error:
            return f"{name} cannot be read ({error.strerror})"
    return None
