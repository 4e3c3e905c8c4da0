"""Freeing what a store can do without: everything in it can be made again."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from xharness.errors import StoreError
from xharness.store.artifacts import MANIFEST, Store, held, in_use
from xharness.store.listing import DROPPED, SCRATCH, TEMPORARY, VECTORS, Entry, entries
from xharness.store.writing import write_json

LEFTOVERS = frozenset({SCRATCH, TEMPORARY})
_DAY = 86_400.0


@dataclass
class Pruned:
    """What was removed, and what was asked for but left since a process works with it."""

    removed: list[Entry] = field(default_factory=list)
    left: list[Entry] = field(default_factory=list)


def prune(root: Path, kinds: Collection[str] = (), older_than: float | None = None, *, dry_run: bool = False) -> Pruned:
    """Remove what is of one of `kinds` and was not used for `older_than` days; with neither, the leftovers alone.

    What a running process works on or will need is left, and so are the temporary folders of other hosts, whose
    processes cannot be seen. With `dry_run` nothing is changed. Raises StoreError where the folder cannot be written.
    """
    wanted = kinds or (LEFTOVERS if older_than is None else None)
    limit = time.time() - (older_than or 0) * _DAY
    asked = [each for each in entries(root) if (wanted is None or each.kind in wanted) and each.used <= limit]
    if not asked:
        return Pruned()
    if dry_run:
        return _sorted(root, asked)
    with Store(root).withdrawing() as bin:
        pruned = _sorted(root, asked)
        for number, entry in enumerate(pruned.removed):
            if entry.path.exists():  # opening the store has removed temporary folders
                entry.path.rename(bin / str(number))
    return pruned


def drop(store: Store, kind: str, key: str, part: str, mark: Path | None = None) -> bool:
    """Remove a folder of an artifact, which then counts as not there; what else it holds can still be read.

    Nothing is done where another process uses it; `mark` is what `Store.using` gave this one. Says whether it was done.
    """
    with store.withdrawing() as bin:
        if key in (in_use(store.root, mark) or ()) or not store.has(kind, key):
            return False
        folder, manifest = store.path(kind, key), store.about(kind, key)
        (folder / part).rename(bin / part)
        write_json(folder / MANIFEST, {**manifest, "about": {**manifest["about"], DROPPED: part}})
    return True


def vector_folders(store: Store) -> frozenset[str]:
    """Return the names of the folders that hold vectors of texts."""
    return frozenset(path.name for path in (store.root / VECTORS).glob("*"))


def drop_vectors(store: Store, but: Collection[str]) -> None:
    """Remove the vectors of texts, those in some folders aside; none while a process uses the store."""
    with store.withdrawing() as bin:
        if in_use(store.root) is None:
            for name in vector_folders(store) - frozenset(but):
                (store.root / VECTORS / name).rename(bin / name)


def dropped(store: Store, kind: str, key: str) -> bool:
    """Say whether something of an artifact was dropped."""
    try:
        return DROPPED in store.about(kind, key)["about"]
    except StoreError:
        return False


def _sorted(root: Path, asked: list[Entry]) -> Pruned:
    pruned, keys = Pruned(), in_use(root)
    for entry in asked:
        (pruned.left if _busy(root, entry, keys) else pruned.removed).append(entry)
    return pruned


def _busy(root: Path, entry: Entry, keys: Collection[str] | None) -> bool:
    if entry.kind == TEMPORARY:
        return held(entry.path.with_name(f"{entry.path.name}.lock"))
    if entry.kind == VECTORS:  # any run may search there
        return keys is not None
    if keys is not None and any(key in keys for key in entry.needs):
        return True
    kind = entry.path.parent.parent.name
    return held(root / "locks" / f"{kind}-{entry.key}.lock")
