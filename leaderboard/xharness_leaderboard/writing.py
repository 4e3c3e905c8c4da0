"""Write a board into its folder; every file is written atomically."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import BadRequest, XHarnessError, check_writable
from xharness_leaderboard.site import write_site
from xharness_leaderboard.validation import SCHEMA, validate

BOARD, PAGE = "leaderboard.json", "index.html"
_APART = ".new-"  # prefix of the temporary folder; a killed build leaves it behind


def text_of(board: Mapping[str, Any]) -> str:
    """Return the text of leaderboard.json: deterministic, with one line per entry."""
    return _bytes(board).decode()


def _bytes(board: Mapping[str, Any]) -> bytes:
    from orjson import dumps

    def part(value: Any) -> bytes:
        if isinstance(value, list) and value:
            return b"[\n%b\n]" % b",\n".join(map(dumps, value))
        return lines(value, dumps) if isinstance(value, dict) and value else dumps(value)

    def lines(content: Mapping[str, Any], each: Callable[[Any], bytes]) -> bytes:
        return b"{\n%b\n}" % b",\n".join(b"%b: %b" % (dumps(key), each(value)) for key, value in content.items())

    return lines(board, part) + b"\n"


def target(out: str | Path) -> Path:
    """Return the folder of a board; raise BadRequest if it contains other files or cannot be written to."""
    folder = check_writable("--out", out)
    others = [path for path in folder.iterdir() if not path.name.startswith(_APART)] if folder.exists() else []
    if others and not (folder / BOARD).is_file():
        raise BadRequest(
            f"--out '{out}': the folder contains other files; give a new folder, or the folder of an existing board"
        )
    return folder


def write(board: Mapping[str, Any], out: str | Path) -> Path:
    """Write leaderboard.json, its JSON Schema and the site; return the path of the page.

    Files are written to a temporary folder inside `out` and then moved, the data and the page last. Model pages of a
    previous board are deleted. Raises BadRequest as `target` does, and XHarnessError if a file cannot be saved.
    """
    folder = target(out)
    validate(board)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f"{_APART}*"):
            shutil.rmtree(leftover)
        temporary = Path(tempfile.mkdtemp(prefix=_APART, dir=folder))
        try:
            (temporary / BOARD).write_bytes(_bytes(board))
            shutil.copyfile(SCHEMA, temporary / SCHEMA.name)
            write_site(board, temporary)
            _move(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise XHarnessError(f"cannot save the board in {folder}: {error.strerror or error}") from error
    return folder / PAGE


def _move(temporary: Path, folder: Path) -> None:
    names = sorted(_files(temporary), key=lambda name: (str(name) in (BOARD, PAGE), name))
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (temporary / name).replace(folder / name)
    for stale in set((folder / "models").glob("*.html")) - {folder / name for name in names}:
        stale.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
