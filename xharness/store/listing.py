"""What lies in a store: artifacts, vectors, partial work and temporary folders, with size and last use."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xharness.store.artifacts import MANIFEST

SCRATCH, TEMPORARY, VECTORS = "scratch", "temporary", "vectors"
DROPPED = "dropped"
"""What the manifest of an artifact says of the folder that was removed from it."""


@dataclass(frozen=True)
class Entry:
    """A folder of the store that is removed as a whole; `kind` is that of its artifact, or what the folder is.

    `used` is when a file of it was last read or written (seconds since 1970; a system may note reads once a day or
    never), `about` what its manifest says.
    """

    kind: str
    path: Path
    bytes: int
    used: float
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the key of what the folder holds."""
        return self.path.name

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the key of the folder and those of the predictions that it scores."""
        return (self.key, *filter(None, [self.about.get("predictions")]))


def entries(root: Path) -> list[Entry]:
    """Return what lies in the store of a folder, in the order of the paths; scores tell of what they score."""
    found = [_entry(kind, path) for kind, path in sorted(_folders(root))]
    known = {entry.key: entry.about for entry in found if entry.kind == "predict"}
    return [
        Entry(
            each.kind,
            each.path,
            each.bytes,
            each.used,
            {**known.get(each.about.get("predictions", ""), {}), **each.about},
        )
        for each in found
    ]


def made_upon(root: Path, kinds: Collection[str]) -> set[str]:
    """Return the keys of what artifacts of some kinds were made of, whether they are whole or something was dropped."""
    return {
        key for kind in kinds for path in root.glob(f"objects/{kind}/*/*") for key in _about(path).get("inputs", ())
    }


def _folders(root: Path) -> Iterator[tuple[str, Path]]:
    for path in root.glob("objects/*/*/*"):
        yield path.parent.parent.name, path
    for kind, pattern in ((SCRATCH, "scratch/*/*/*"), (VECTORS, "vectors/*"), (TEMPORARY, "tmp/*")):
        yield from ((kind, path) for path in root.glob(pattern) if path.is_dir())


def _entry(kind: str, path: Path) -> Entry:
    size, used = 0, 0.0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                found = Path(folder, name).stat()
            except OSError:  # another process was faster
                continue
            size += found.st_size
            if name != MANIFEST:  # which is read to see what there is
                used = max(used, found.st_atime, found.st_mtime)
    return Entry(kind, path, size, used or _changed(path), _about(path))


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
