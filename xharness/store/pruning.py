"""Free disk space: remove artifacts, which can all be recreated."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from xharness.errors import StoreError
from xharness.store.artifacts import DROPPED, MANIFEST, Store, in_use, in_work, locked
from xharness.store.checksums import signed
from xharness.store.listing import SCRATCH, TEMPORARY, VECTORS, StoredFolder, entries
from xharness.store.writing import write_json

LEFTOVERS = frozenset({SCRATCH, TEMPORARY})
_DAY = 86_400.0
_READER, _KEEP = ".reader", "keep"


@dataclass
class Pruned:
    """The removed entries, and the selected ones that were left because a process uses them."""

    removed: list[StoredFolder] = field(default_factory=list)
    left: list[StoredFolder] = field(default_factory=list)


def prune(root: Path, kinds: Collection[str] = (), older_than: float | None = None, *, dry_run: bool = False) -> Pruned:
    """Remove the entries of `kinds` that were not used for `older_than` days; by default, leftovers only.

    Entries that a running process uses or needs are left, and so are the temporary folders of other hosts, whose
    processes are not visible. With `dry_run` nothing is removed. Raises StoreError if the folder is not writable.
    """
    allowed = kinds or (LEFTOVERS if older_than is None else None)
    limit = time.time() - (older_than or 0) * _DAY
    selected = [each for each in entries(root) if (allowed is None or each.kind in allowed) and each.used <= limit]
    if not selected:
        return Pruned()
    if dry_run:
        return _sorted(root, selected)
    with Store(root).withdrawing() as bin:
        pruned = _sorted(root, selected)
        for number, entry in enumerate(pruned.removed):
            if entry.path.exists():  # opening the store may have removed temporary folders
                entry.path.rename(bin / str(number))
    return pruned


def drop(store: Store, kind: str, key: str, part: str, mark: Path | None = None) -> bool:
    """Remove a folder of an artifact, which then counts as missing; its other files stay readable.

    Does nothing if another process uses the artifact; `mark` is the mark of this process, from `Store.using`. Returns
    whether the folder was removed.
    """
    with store.withdrawing() as bin:
        if key in (in_use(store.root, mark) or ()) or not store.is_local(kind, key):
            return False
        folder, manifest = store.path(kind, key), store.about(kind, key)
        write_json(bin / MANIFEST, signed({**manifest, "about": {**manifest["about"], DROPPED: part}}))
        (folder / part).rename(bin / part)
        (bin / MANIFEST).replace(folder / MANIFEST)
    return True


def vectors_for(store: Store, name: str, keys: Iterable[str], *, keep: bool) -> Path:
    """Return a folder of text vectors, created if necessary, in which predictions `keys` are noted as its readers.

    It stays until all its readers are stored (`drop_vectors`), and with `keep` after that too.
    """
    folder = store.root / VECTORS / name
    with store.withdrawing():  # no other process removes the folder meanwhile
        folder.mkdir(parents=True, exist_ok=True)
        for key in keys:
            (folder / f"{key}{_READER}").touch()
        if keep:
            (folder / _KEEP).touch()
    return folder


def drop_vectors(store: Store, mark: Path | None = None) -> None:
    """Remove the folders of text vectors whose readers are all stored, and which no other process needs.

    `mark` is the mark of this process, from `Store.using`.
    """
    if not any((store.root / VECTORS).glob(f"*/*{_READER}")):
        return
    with store.withdrawing() as bin:
        used = in_use(store.root, mark) or set()
        for folder in (store.root / VECTORS).glob("*"):
            readers = {path.name.removesuffix(_READER) for path in folder.glob(f"*{_READER}")}
            if not readers or readers & used or (folder / _KEEP).exists():
                continue
            if all(store.is_local("predict", key) for key in readers):
                folder.rename(bin / folder.name)


def dropped(store: Store, kind: str, key: str) -> bool:
    """Return whether content of an artifact was dropped."""
    try:
        return DROPPED in store.about(kind, key)["about"]
    except StoreError:
        return False


def _sorted(root: Path, selected: list[StoredFolder]) -> Pruned:
    pruned, keys = Pruned(), in_use(root)
    for entry in selected:
        (pruned.left if _busy(root, entry, keys) else pruned.removed).append(entry)
    return pruned


def _busy(root: Path, entry: StoredFolder, keys: Collection[str] | None) -> bool:
    if entry.kind == TEMPORARY:
        return locked(entry.path.with_name(f"{entry.path.name}.lock"))
    if entry.kind == VECTORS:  # any run may use them
        return keys is not None
    if keys is not None and any(key in keys for key in entry.needs):
        return True
    kind = entry.path.parent.parent.name
    return in_work(root, kind, entry.key)
