"""The keys of the artifacts in a store, read once."""

from __future__ import annotations

from pathlib import Path


class KnownKeys:
    """The keys of each kind, listed at the first question about the kind; what others make later is unknown."""

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self._keys: dict[str, set[str]] = {}

    def has(self, kind: str, key: str) -> bool:
        """Return whether an artifact has a folder, which may be damaged."""
        return key in self._of(kind)

    def add(self, kind: str, key: str) -> None:
        """Add an artifact that is made here."""
        self._of(kind).add(key)

    def _of(self, kind: str) -> set[str]:
        if kind not in self._keys:
            self._keys[kind] = {path.name for path in (self._objects / kind).glob("*/*")}
        return self._keys[kind]
