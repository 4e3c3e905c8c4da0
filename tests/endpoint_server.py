"""A small server with the interface of OpenAI, on the loopback address, with a toy model that can be computed by hand.

A token is a word with the space before it, a sign, or a character. The probability of a token depends on it and on the
token before it. `write` answers chat and completions; a vector counts the letters of a text.
"""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from xharness_plugins.models.endpoint.probe import TEXT

Fault = Callable[["_Handler"], None]


def tokens(text: str) -> list[str]:
    return re.findall(r" ?\w+|\s|[^\w\s]", text)


def logprob(before: str, token: str) -> float:
    return -(1 + zlib.crc32(f"{before}|{token}".encode()) % 1000 / 100)


def log_likelihood(context: str, text: str) -> float:
    """Return the sum over the tokens of a text; the context ends where a token ends."""
    first, split = tokens(context + text), len(tokens(context))
    return sum(logprob(first[index - 1], first[index]) for index in range(split, len(first)))


def vector(text: str) -> list[float]:
    counted = [0.5, *[float(text.lower().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"]]
    return [*counted, float(len(text))]


def first_choice(prompt: str) -> str:
    """Answer with a word that a prompt offers, chosen by its checksum."""
    offered = ["A", "B"] if "\nB." in prompt else ["True", "False", "Neither"]
    return offered[zlib.crc32(prompt.encode()) % len(offered)]


class EndpointServer(ThreadingHTTPServer):
    """`asked` lists path and body of each request, `headers` their headers; `fail` replaces answers by faults.

    Requests that only find out whether the server answers are in `probes`, not in `asked`.

    `most` is the highest number of requests that were answered at the same time. With `begin`, each text begins with
    this token, of which the model gives no log-probability.
    """

    daemon_threads = True

    def __init__(self, *, write: Callable[[str], str] = first_choice, begin: str = "", parts: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.write, self.begin, self.parts = write, begin, parts
        self.asked: list[tuple[str, dict]] = []
        self.probes: list[tuple[str, dict]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[list] = []
        self.pause = 0.0
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> EndpointServer:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def fail(self, fault: Fault, times: int = 1_000_000, part: str = "") -> None:
        """Answer the next `times` requests whose body contains `part` by calling `fault` with the request."""
        self.faults.append([part, fault, times])

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a client may go away."""

    def folder(self, path: Path, api: str, **fields: object) -> Path:
        """Write the folder of a checkpoint that names this server."""
        path.mkdir(parents=True, exist_ok=True)
        content = {"url": self.url, "model": "toy", "api": api, **fields}
        (path / "endpoint.json").write_text(json.dumps(content), encoding="utf-8")
        return path


class _Handler(BaseHTTPRequestHandler):
    server: EndpointServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        body = json.loads(raw)
        probe = f'"{TEXT}"' in raw
        with server.lock:
            server.now += 1
            server.most = max(server.most, server.now)
            (server.probes if probe else server.asked).append((self.path, body))
            server.headers.append(dict(self.headers))
            fault = next((entry for entry in server.faults if entry[0] in raw and entry[2]), None)
            if fault:
                fault[2] -= 1
        try:
            if not probe:
                server.stop.wait(server.pause)
            if fault:
                fault[1](self)
            else:
                self.answer_json(self.response(body))
        finally:
            with server.lock:
                server.now -= 1

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""

    def response(self, body: dict) -> dict:
        if self.path.endswith("/embeddings"):
            texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
            rows = [{"index": number, "embedding": vector(text)} for number, text in enumerate(texts)]
            read = sum(len(tokens(text)) for text in texts)
            return {"data": rows[::-1], "usage": {"prompt_tokens": read, "total_tokens": read}}
        chat = self.path.endswith("/chat/completions")
        prompt = body["messages"][-1]["content"] if chat else body["prompt"]
        usage = {"prompt_tokens": len(tokens(prompt)), "completion_tokens": 0}
        if body.get("echo"):
            return {"choices": [{"text": prompt, "logprobs": self.echoed(prompt)}], "usage": usage}
        if "prompt_logprobs" in body:
            return {"choices": [{"text": "", "prompt_logprobs": self.entries(prompt)}], "usage": usage}
        text, end = self.server.write(prompt), "stop"
        for stop in body.get("stop", []):
            text = text.split(stop)[0]
        if len(tokens(text)) > body["max_tokens"]:
            text, end = "".join(tokens(text)[: body["max_tokens"]]), "length"
        usage["completion_tokens"] = len(tokens(text))
        content = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        return {"choices": [{**content, "finish_reason": end}], "usage": usage}

    def scored(self, prompt: str) -> list[tuple[str, float | None]]:
        begin = [self.server.begin] if self.server.begin else []
        own = [*begin, *tokens(prompt)]
        return [(token, logprob(own[index - 1], token) if index else None) for index, token in enumerate(own)]

    def echoed(self, prompt: str) -> dict:
        rows = self.scored(prompt)
        offsets = [sum(len(token) for token, _ in rows[:index]) for index in range(len(rows))]
        # A server whose tokens are bytes gives no text for a part of a character.
        shown = ["bytes:\\xe2" if self.server.parts and not token.isascii() else token for token, _ in rows]
        return {"tokens": shown, "token_logprobs": [value for _, value in rows], "text_offset": offsets}

    def entries(self, prompt: str) -> list[dict | None]:
        rows = enumerate(self.scored(prompt))
        return [
            None if value is None else {str(number): {"logprob": value, "rank": 1, "decoded_token": token}}
            for number, (token, value) in rows
        ]

    def answer_json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(value).encode()
        self.answer(status, content, {"Content-Type": "application/json", **(headers or {})})

    def answer(self, status: int, content: bytes, headers: dict[str, str], declared: int | None = None) -> None:
        """Send an answer; its Content-Length is `declared`, by default the true one."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content) if declared is None else declared)}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(content)


def status(number: int, message: str = "", code: str = "", **headers: str) -> Fault:
    """Return a fault: an error of the API with a status; `_` in header names is `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = {"error": {"message": message or f"status {number}", "code": code or None}}
    return lambda request: request.answer_json(error, number, named)


def page(request: _Handler) -> None:
    """Answer with a web page, as a proxy does."""
    request.answer(200, b"<html>Log in</html>", {"Content-Type": "text/html; charset=utf-8"})


def raw(text: str) -> Fault:
    """Return a fault: a body of its own, declared as JSON."""
    return lambda request: request.answer(200, text.encode(), {"Content-Type": "application/json"})


def choice(**fields: object) -> Fault:
    """Return a fault: a response with one choice that has these fields."""
    return lambda request: request.answer_json({"choices": [fields]})


def truncated(request: _Handler) -> None:
    """Close the connection in the middle of a body."""
    request.close_connection = True
    request.answer(200, b'{"choices": [{"mess', {"Content-Type": "application/json"}, 500)


def cut_off(request: _Handler) -> None:
    """Close the connection without an answer."""
    request.close_connection = True


def hang(request: _Handler) -> None:
    """Never answer."""
    request.close_connection = True
    request.server.stop.wait(30)


def drip(pause: float) -> Fault:
    """Return a fault: one byte each `pause` seconds, without an end."""

    def answer(request: _Handler) -> None:
        request.close_connection = True
        request.answer(200, b"", {"Content-Type": "application/json"}, 1_000_000)
        with suppress(OSError):
            while not request.server.stop.wait(pause):
                request.wfile.write(b" ")
                request.wfile.flush()

    return answer


def moved(location: str) -> Fault:
    """Return a fault: a redirect to another address."""
    return lambda request: request.answer(307, b"", {"Location": location})


def repeating_the_key(request: _Handler) -> None:
    """Answer with an error that contains the headers of the request, as a careless proxy does."""
    request.answer_json({"error": {"message": f"refused: {request.headers['Authorization']}"}}, 400)
