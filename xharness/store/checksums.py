"""Checksums of the files of an artifact, kept in its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault(folder: Path, manifest: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the files of an artifact in a few words, None if they agree with its manifest.

    Manifests of older versions have sizes only.
    """
    known = manifest.get("sha256", {})
    for name, size in manifest["files"].items():
        try:
            found = (folder / name).stat().st_size
            if found != size:
                return f"{name} has size {found} instead of {size}"
            if name in known and sha256(folder / name) != known[name]:
                return f"{name} has another checksum than in its manifest"
        except FileNotFoundError:
            return f"{name} is missing"
        except OSError as error:
            return f"{name} cannot be read ({error.strerror})"
    return None
