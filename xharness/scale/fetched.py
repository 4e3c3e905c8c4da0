"""The folder that `xharness fetch` fills: a cache of hub repositories, and the list of its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xharness.data.hub.cache import HubCache
from xharness.errors import BadRequest, few
from xharness.store.writing import guarded, write_bytes

FILE, CACHE = "fetched.json", "hub"
_FORMAT = {"format": "xharness-fetch", "version": 1}


def places(root: Path | None, *, offline: bool, files: bool) -> tuple[Path | None, HubCache]:
    """Return what a source reads as `--data`, and the cache of hub repositories, for the folder `root` of a user.

    `files` says that the source reads files of the folder itself, and not the hub.
    """
    if root is None or not (root / FILE).is_file():
        return root, HubCache(offline=offline)
    return (root if files else None), HubCache(root / CACHE, offline)


def begin(root: Path) -> HubCache:
    """Create or open a folder to fetch into, marked as not complete; BadRequest for a folder with other files."""
    if root.is_dir() and any(root.iterdir()) and not (root / FILE).is_file():
        raise BadRequest(f"--to {root}: the folder has other files; choose an empty one, or one that fetch made")
    with guarded(root):
        (root / CACHE).mkdir(parents=True, exist_ok=True)
    _save(root, _read(root)["files"], complete=False)
    return HubCache(root / CACHE)


def finish(root: Path, *, complete: bool) -> dict[str, int]:
    """Verify the files that are new, remove parts of files, and return the sizes of all files, which are saved.

    Raises DownloadError if the contents of a file do not match the digest of the hub; the file is deleted.
    """
    from xharness.data.hub.download import verify

    known = _read(root)["files"]
    found = {path.relative_to(root).as_posix(): path for path in _files(root / CACHE)}
    verify(path for name, path in found.items() if name not in known)
    with guarded(root):
        shutil.rmtree(root / CACHE / ".locks", ignore_errors=True)
        for part in (root / CACHE).glob("*/blobs/*.incomplete"):
            part.unlink()
        sizes = {name: path.stat().st_size for name, path in sorted(found.items())}
    _save(root, sizes, complete=complete)
    return sizes


def check(root: Path) -> None:
    """Raise BadRequest if the folder is not complete: fetching was interrupted, or it was copied in part."""
    if not (root / FILE).is_file():
        return
    content = _read(root)
    if not content["complete"]:
        raise BadRequest(f"--data {root}: fetching was interrupted; run the same `xharness fetch ... --to DIR` again")
    lacking = [name for name, size in content["files"].items() if _size(root / name) != size]
    if lacking:
        names = few((Path(name).name for name in lacking), 3)
        raise BadRequest(
            f"--data {root}: {len(lacking):,} of {len(content['files']):,} files are missing or have another size "
            f"({names}); copy the folder again, or run the same `xharness fetch ... --to DIR` again"
        )


def _files(cache: Path) -> Iterator[Path]:
    """Yield the files of repositories, and those with the commits of branches."""
    for folder in ("snapshots", "refs"):
        yield from (path for path in cache.glob(f"*/{folder}/**/*") if path.is_file())


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _read(root: Path) -> dict[str, Any]:
    path = root / FILE
    if not path.is_file():
        return {"complete": False, "files": {}}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if {name: content[name] for name in _FORMAT} != _FORMAT:
            raise ValueError
        return {"complete": bool(content["complete"]), "files": dict(content["files"])}
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise BadRequest(f"{path} is not a list of fetched files; fetch into an empty folder") from error


def _save(root: Path, files: dict[str, int], *, complete: bool) -> None:
    content = _FORMAT | {"complete": complete, "files": files}
    write_bytes(root / FILE, json.dumps(content, indent=1).encode())
