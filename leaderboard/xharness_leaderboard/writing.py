"""Write a board into its folder; every file is written atomically."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
    def part(value: Any) -> bytes:
        if isinstance(value, list) and value:
            return b"[\n%b\n]" % b",\n".join(map(_dumps, value))
        return lines(value, _dumps) if isinstance(value, dict) and value else _dumps(value)

    def lines(content: Mapping[str, Any], each: Callable[[Any], bytes]) -> bytes:
        return b"{\n%b\n}" % b",\n".join(b"%b: %b" % (_dumps(key), each(value)) for key, value in content.items())

    return lines(board, part) + b"\n"


def _dumps(value: Any) -> bytes:
    """Return JSON; orjson refuses lone surrogates (file names that are not UTF-8) and integers above 64 bits."""
    from orjson import JSONEncodeError, dumps

    try:
        return dumps(value)
    except JSONEncodeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


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
    """Write leaderboard.json and its JSON Schema, then the site; return the path of the page.

    Files are written to a temporary folder inside `out` and then moved. Model pages of a previous board are deleted.
    Raises BadRequest as `target` does, XHarnessError if the board cannot be saved, and PageError if the board is saved
    but the site is not.
    """
    folder = target(out)
    validate(board)
    content = _bytes(board)
    with _saving(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f"{_APART}*"):
            shutil.rmtree(leftover)
        with _apart(folder) as temporary:
            (temporary / BOARD).write_bytes(content)
            shutil.copyfile(SCHEMA, temporary / SCHEMA.name)
            _move(temporary, folder)
    try:
        with _apart(folder) as temporary:
            write_site(board, temporary)
            _move(temporary, folder)
            _delete_stale(folder, board)
    except Exception as error:
        raise PageError(_page_problem(error, folder)) from error
    return folder / PAGE


class PageError(XHarnessError):
    """leaderboard.json is saved, but the page could not be rendered or written."""


def _page_problem(error: Exception, folder: Path) -> str:
    reason = error.strerror or str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    old = f"; {PAGE} in the folder is from an earlier build" if (folder / PAGE).exists() else ""
    return f"{folder / BOARD} is written, but its page is not: {' '.join(reason.split())}{old}"


@contextmanager
def _saving(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise XHarnessError(f"cannot save the board in {folder}: {error.strerror or error}") from error


@contextmanager
def _apart(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder inside a folder; delete it at the end."""
    temporary = Path(tempfile.mkdtemp(prefix=_APART, dir=folder))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move(temporary: Path, folder: Path) -> None:
    for name in sorted(_files(temporary), key=lambda name: (str(name) in (BOARD, PAGE), name)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (temporary / name).replace(folder / name)


def _delete_stale(folder: Path, board: Mapping[str, Any]) -> None:
    """Delete the model pages of entries that are not on the board."""
    kept = {f"{entry['id']}.html" for entry in board["entries"]}
    for page in (folder / "models").glob("*.html"):
        if page.name not in kept:
            page.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
