"""Download files of a hub repository into the cache of huggingface_hub, and check their contents."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from xharness.data.hub.cache import USUAL, HubCache
from xharness.data.hub.problems import DownloadError, problem_of
from xharness.data.hub.requests import watched

_TRIES = 3
# The cache names a file by its ETag: the SHA-256 of a large file, the git digest of a small one. Some mirrors of the
# hub send the SHA-1 of a small file instead.
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BLOCK = 1 << 20


def download(
    id: str,
    kind: str,
    revision: str | None,
    patterns: Sequence[str] | None = None,
    cached: bool = False,
    cache: HubCache = USUAL,
) -> Path:
    """Return the folder of a repository in the cache, named after its commit, with the files that match `patterns`.

    `kind` is `model` or `dataset`; with `cached`, or a cache that is offline, no request is sent. A file is in the
    folder only if it is complete and its contents match the digest that the hub gives. Raises DownloadError with
    problem and remedy, without the name of the repository.
    """
    for rest in reversed(range(_TRIES)):
        try:
            return _download(id, kind, revision, patterns, replace(cache, offline=cached or cache.offline))
        except DownloadError as error:
            if not rest or error.wait is None:
                raise
            time.sleep(error.wait)
    raise AssertionError("the last try returns or raises")


def _download(id: str, kind: str, revision: str | None, patterns: Sequence[str] | None, cache: HubCache) -> Path:
    from huggingface_hub import snapshot_download

    blobs = cache.repository(id, kind) / "blobs"
    known = {path.name for path in blobs.iterdir()} if blobs.is_dir() else set()
    allowed = None if patterns is None else list(patterns)
    try:
        with _without_log(), watched():
            folder = Path(
                snapshot_download(
                    id,
                    repo_type=kind,
                    revision=revision,
                    allow_patterns=allowed,
                    local_files_only=cache.offline,
                    cache_dir=cache.path,
                )
            )
    except Exception as error:  # a download can raise too many types of errors to list
        raise problem_of(error, id, kind, revision, cache.path) from error
    verify(file for file in folder.rglob("*") if file.resolve().name not in known)
    return folder


def verify(files: Iterable[Path]) -> None:
    """Raise DownloadError if a file does not have the digest that is its name in the cache; the file is deleted."""
    wrong = [file for file in files if _differs(file.resolve())]
    for file in wrong:
        file.resolve().unlink()
        file.unlink()
    if wrong:
        names = ", ".join(file.name for file in wrong)
        raise DownloadError(
            f"the contents of {names} do not match the checksum of the hub, so the download was deleted; check the "
            "proxy and HF_ENDPOINT, and try again"
        )


def _differs(blob: Path) -> bool:
    if not blob.is_file() or not _DIGEST.fullmatch(blob.name):
        return False
    if len(blob.name) == 64:
        digests = [hashlib.sha256()]
    else:
        digests = [hashlib.sha1(b"blob %d\0" % blob.stat().st_size), hashlib.sha1()]
    with blob.open("rb") as file:
        while block := file.read(_BLOCK):
            for digest in digests:
                digest.update(block)
    return all(digest.hexdigest() != blob.name for digest in digests)


@contextmanager
def _without_log() -> Iterator[None]:
    """Suppress the warnings of huggingface_hub, which are raised as errors in the end."""
    import logging

    from huggingface_hub.utils import logging as hub_logging

    level = hub_logging.get_verbosity()
    hub_logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        hub_logging.set_verbosity(level)
