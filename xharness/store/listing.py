"""List the content of a store: artifacts, vectors, partial work and temporary folders, with size and last use."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xharness.store.artifacts import CORRUPT, MANIFEST
from xharness.store.partial_work import key_of_scratch

SCRATCH, TEMPORARY, VECTORS, RESPONSES = "scratch", "temporary", "vectors", "responses"


@dataclass(frozen=True)
class StoredFolder:
    """A folder of the store, which is removed as a whole; `kind` is the kind of its artifact or of the folder.

    `used` is the time at which a file was last read or written (seconds since 1970; many file systems record reads
    once a day or never). `about` is from the manifest.
    """

    kind: str
    path: Path
    bytes: int
    used: float
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the key of the content."""
        return key_of_scratch(self.path.name)

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the keys of the content and of the predictions that it scores."""
        return (self.key, *filter(None, [self.about.get("predictions")]))


def entries(root: Path) -> list[StoredFolder]:
    """Return the entries of a store, in order of path; scores include the `about` of the predictions they score."""
    listed = [_entry(kind, path) for kind, path in sorted(_folders(root))]
    predictions = {entry.key: entry.about for entry in listed if entry.kind == "predict"}
    return [
        StoredFolder(
            each.kind,
            each.path,
            each.bytes,
            each.used,
            {**predictions.get(each.about.get("predictions", ""), {}), **each.about},
        )
        for each in listed
    ]


def made_upon(root: Path, kinds: Collection[str]) -> set[str]:
    """Return the input keys of all artifacts of some kinds, including those with dropped content."""
    return {
        key for kind in kinds for path in root.glob(f"objects/{kind}/*/*") for key in _about(path).get("inputs", ())
    }


def _folders(root: Path) -> Iterator[tuple[str, Path]]:
    for path in root.glob("objects/*/*/*"):
        yield path.parent.parent.name, path
    patterns = {SCRATCH: "scratch/*/*/*", TEMPORARY: "tmp/*"}
    patterns |= {kind: f"{kind}/*" for kind in (VECTORS, RESPONSES, CORRUPT)}
    for kind, pattern in patterns.items():
        yield from ((kind, path) for path in root.glob(pattern) if path.is_dir())


def _entry(kind: str, path: Path) -> StoredFolder:
    size, used = 0, 0.0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                status = Path(folder, name).stat()
            except OSError:  # removed by another process
                continue
            size += status.st_size
            if name != MANIFEST:  # listing the store reads the manifest
                used = max(used, status.st_atime, status.st_mtime)
    return StoredFolder(kind, path, size, used or _changed(path), _about(path))


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads((path / MANIFEST).read_text(encoding="utf-8"))["about"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return about if isinstance(about, dict) else {}
