"""Check before any work that a folder of the user can be written to."""

from __future__ import annotations

from pathlib import Path

from xharness.errors import BadRequest


def check_writable(option: str, folder: str | Path) -> Path:
    """Return a folder that exists and takes files, or can be created; nothing is left in it.

    Raises BadRequest, which names the option (`--out`), the folder and the reason.
    """
    from tempfile import TemporaryDirectory

    path = Path(folder).expanduser()
    try:
        existing, missing = _existing(path)
        if not existing.is_dir():
            which = f"{existing} " if missing else ""
            raise BadRequest(f"{option} '{folder}': {which}is a file; give a folder")
        with TemporaryDirectory(prefix=".xharness-", dir=existing) as probe:
            Path(probe, *missing).mkdir(parents=True, exist_ok=True)
            Path(probe, *missing, "file").write_bytes(b"x")
    except OSError as error:
        reason = error.strerror or error
        raise BadRequest(
            f"{option} '{folder}': cannot write there ({reason}); give a folder that you can write to"
        ) from error
    return path


def _existing(path: Path) -> tuple[Path, list[str]]:
    """Return the nearest existing parent of a path, or the path, and the names below it that are missing."""
    existing, missing = path.absolute(), list[str]()
    while not existing.exists():
        missing.insert(0, existing.name)
        existing = existing.parent
    return existing, missing
