"""A small server with the part of the Hugging Face hub's API that a download uses, on the loopback address."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote, urlsplit

import pytest

LARGE = (".safetensors", ".parquet")


class HubServer(ThreadingHTTPServer):
    """Serves `ROOT/models/OWNER/NAME` and `ROOT/datasets/OWNER/NAME`; a branch is a folder `NAME@BRANCH`, / as %2F.

    Every commit that a request pins is the main branch. Weights and Parquet files are answered as the hub answers LFS
    files, by a redirect to another path. `fail` replaces answers by faults; `asked` lists the requests.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.asked: list[str] = []
        self.faults: list[list] = []
        self.waits: list[float] = []
        self.stop = threading.Event()
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> HubServer:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def fail(self, part: str, fault: Callable[[_Handler], None], times: int = 1_000_000) -> None:
        """Answer the next `times` requests whose `METHOD PATH` contains `part` by calling `fault` with the request."""
        self.faults.append([part, fault, times])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client may go away."""


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = f"{self.command} {unquote(urlsplit(self.path).path)}"
        self.server.asked.append(asked)
        for entry in self.server.faults:
            if entry[0] in asked and entry[2]:
                entry[2] -= 1
                entry[1](self)
                return
        self.answer_as_the_hub()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""

    def answer_as_the_hub(self) -> None:
        parts = urlsplit(self.path).path.strip("/").split("/")
        if parts[0] == "cdn":
            return self.answer_bytes(self.linked_file().read_bytes())
        if parts[0] == "api":
            if len(parts) < 6:
                return self.refuse(404)
            kind, owner, name, what, revision = parts[1:6]
            folder, commit = self._repository(kind, f"{owner}/{name}", unquote(revision))
            if folder is None:
                return None
            about = {"id": f"{owner}/{name}", "sha": commit, "siblings": []}
            return self.answer_json(_tree(folder) if what == "tree" else about)
        if "resolve" not in parts:
            return self.refuse(404)
        kind = "datasets" if parts[0] == "datasets" else "models"
        owner, name, _, revision, *path = parts[kind == "datasets" :]
        folder, commit = self._repository(kind, f"{owner}/{name}", unquote(revision))
        if folder is None:
            return None
        file = folder / unquote("/".join(path))
        if not file.is_file():
            return self.refuse(404, "EntryNotFound")
        headers = {"X-Repo-Commit": commit, "ETag": f'"{git_digest(file)}"'}
        if file.suffix not in LARGE:
            return self.answer_bytes(file.read_bytes(), headers)
        linked = {"X-Linked-ETag": f'"{_digest(file)}"', "X-Linked-Size": str(file.stat().st_size)}
        location = f"/cdn/{quote(str(file.relative_to(self.server.root)))}"
        # The hub keeps large files on another host; the client follows such a redirect only when it downloads.
        where = self.server.endpoint.replace("127.0.0.1", "localhost") + location
        return self.answer(302, b"", {**headers, **linked, "Location": where})

    def linked_file(self) -> Path:
        """Return the file of a redirect."""
        return self.server.root / unquote(urlsplit(self.path).path.removeprefix("/cdn/"))

    def _repository(self, kind: str, id: str, revision: str) -> tuple[Path | None, str]:
        pinned = len(revision) == 40 and set(revision) <= set("0123456789abcdef")
        folders = {_commit(path): path for path in (self.server.root / kind).glob("*/*")}
        branch = id if pinned or revision == "main" else f"{id}@{quote(revision, safe='')}"
        folder = folders.get(revision, self.server.root / kind / branch)
        if folder.is_dir():
            return folder, revision if pinned else _commit(folder)
        known = (self.server.root / kind / id).is_dir()
        self.refuse(404 if known else 401, "RevisionNotFound" if known else "RepoNotFound")
        return None, ""

    def refuse(self, status: int, code: str = "", message: str = "", **headers: str) -> None:
        named = {"X-Error-Code": code, "X-Error-Message": message or code}
        self.answer_json({"error": message or code}, status, {**(named if code or message else {}), **headers})

    def answer_json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def answer_bytes(self, content: bytes, headers: dict[str, str] | None = None) -> None:
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        more = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        self.answer(206 if start else 200, content[start:], {**(headers or {}), **more})

    def answer(self, status: int, content: bytes, headers: dict[str, str], declared: int | None = None) -> None:
        """Send an answer; its Content-Length is `declared`, by default the true one."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content) if declared is None else declared)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):
                self.wfile.write(content)


def status(number: int, code: str = "", message: str = "", **headers: str) -> Callable[[_Handler], None]:
    """Return a fault: an answer with a status, the hub's error code and message; `_` in header names is `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: request.refuse(number, code, message, **named)


def page(request: _Handler) -> None:
    """Answer with a web page, as a login page of a network does."""
    request.answer(200, b"<html>Log in to the hotel</html>", {"Content-Type": "text/html; charset=utf-8"})


def cut(sent: int, declared: int) -> Callable[[_Handler], None]:
    """Return a fault: the connection is closed after `sent` of `declared` bytes."""

    def answer(request: _Handler) -> None:
        request.close_connection = True
        request.answer(200, b"x" * sent, {}, declared)

    return answer


def altered(request: _Handler) -> None:
    """Answer with a file of the right size and wrong bytes."""
    content = bytearray(request.linked_file().read_bytes())
    content[-1] ^= 1
    request.answer_bytes(bytes(content))


def drip(pause: float) -> Callable[[_Handler], None]:
    """Return a fault: one byte each `pause` seconds, without an end."""

    def answer(request: _Handler) -> None:
        request.close_connection = True
        request.answer(200, b"", {}, 1_000_000)
        with suppress(OSError):
            while not request.server.stop.wait(pause):
                request.wfile.write(b"x")
                request.wfile.flush()

    return answer


def hang(request: _Handler) -> None:
    """Accept a request and never answer."""
    request.close_connection = True
    request.server.stop.wait(60)


def moved(location: str) -> Callable[[_Handler], None]:
    """Return a fault: a redirect to another address."""
    return lambda request: request.answer(302, b"", {"Location": location})


def git_digest(file: Path) -> str:
    """Return the name that git gives to the contents of a file."""
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _commit(folder: Path) -> str:
    return hashlib.sha1(f"{folder.parent.name}/{folder.name}".encode()).hexdigest()


def _tree(folder: Path) -> list[dict]:
    return [_entry(file, folder) for file in sorted(folder.rglob("*")) if file.is_file()]


def _entry(file: Path, folder: Path) -> dict:
    size = file.stat().st_size
    entry = {"type": "file", "path": file.relative_to(folder).as_posix(), "size": size, "oid": git_digest(file)}
    if file.suffix in LARGE:
        entry["lfs"] = {"oid": _digest(file), "size": size, "pointerSize": 133}
    return entry


def renamed(old: str, new: str) -> Callable[[_Handler], None]:
    """Return a fault: a redirect to the new name of a repository."""
    return lambda request: request.answer(307, b"", {"Location": request.path.replace(old, new)})


@contextmanager
def hub(root: Path, patch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Serve a folder as the hub of this process, with an empty cache `ROOT/cache`, and count waits instead of waiting.

    `waits` of the server lists the seconds that this process would have waited.
    """
    from huggingface_hub import constants, file_download
    from huggingface_hub.utils import _http

    from xharness.data.hub import download
    from xharness_plugins.sources import hub_fallback, repository

    with HubServer(root) as server:
        settings = {
            "ENDPOINT": server.endpoint,
            "HUGGINGFACE_CO_URL_TEMPLATE": f"{server.endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}",
            "HF_HUB_CACHE": str(root / "cache"),
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
        }
        for name, value in settings.items():
            patch.setattr(constants, name, value)
        clock = SimpleNamespace(**{**vars(time), "sleep": server.waits.append})
        for module in (file_download, _http, download):
            patch.setattr(module, "time", clock)
        patch.setattr(repository, "_failure", [])
        patch.delenv("HF_TOKEN", raising=False)
        for each in (hub_fallback.newest, hub_fallback._seen):
            each.cache_clear()
        yield server
        for each in (hub_fallback.newest, hub_fallback._seen):
            each.cache_clear()
