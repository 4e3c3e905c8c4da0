"""One HTTP request to an endpoint: bounded in time and size, without redirects, and without the key in any message."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xharness import StageError
from xharness_plugins.models.endpoint.config import Config
from xharness_plugins.models.endpoint.replies import Reply, Transient, content_of

if TYPE_CHECKING:
    import httpx2

_CONNECT = 20.0
_LARGEST = 256 * 2**20


class Transport:
    """Sends requests to an endpoint; connections are kept between requests. `close` ends them."""

    def __init__(self, config: Config, timeout: float) -> None:
        self._config, self._timeout = config, timeout
        self._client: httpx2.Client | None = None
        self._lock = threading.Lock()
        self._secret: str | None = None

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON object that the server answers.

        Raises Transient for an error that may pass, Filtered for a prompt that a filter refuses, Lasting for an error
        that other requests will meet too, and else StageError.
        """
        import httpx2

        client = self._opened()
        try:
            reply = self._received(client, path, body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Transient(f"{self._config.url} cannot be reached ({_brief(error)})", unreachable=True) from None
        except httpx2.TimeoutException:
            raise self._late() from None
        except httpx2.RequestError as error:
            raise Transient(f"{self._config.url}: the connection broke ({_brief(error)})") from None
        return content_of(reply, self._config)

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client:
            client.close()

    def _opened(self) -> httpx2.Client:
        import httpx2

        with self._lock:
            if self._client is None:
                self._secret = self._config.secret()
                headers = {"Authorization": f"Bearer {self._secret}"} if self._secret else {}
                limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
                timeout = httpx2.Timeout(self._timeout, connect=min(self._timeout, _CONNECT))
                # A redirect would carry the texts, and perhaps the key, to an address that nobody has declared.
                self._client = httpx2.Client(headers=headers, timeout=timeout, limits=limits, follow_redirects=False)
            return self._client

    def _received(self, client: httpx2.Client, path: str, body: Mapping[str, Any]) -> Reply:
        """Return an answer with its whole body; the time limit of the library holds for each part only."""
        end = time.monotonic() + self._timeout
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json"}
        with client.stream("POST", f"{self._config.url}/{path}", content=content, headers=headers) as response:
            received = bytearray()
            for chunk in response.iter_bytes():
                received += chunk
                if time.monotonic() > end:
                    raise self._late()
                if len(received) > _LARGEST:
                    raise StageError(f"{self._config.url}: the answer has more than {_LARGEST:,} bytes; check the url")
            text = self._without_secret(received.decode("utf-8", "replace"))
            named = {name.lower(): self._without_secret(value) for name, value in response.headers.items()}
            return Reply(response.status_code, named, text)

    def _without_secret(self, text: str) -> str:
        return text.replace(self._secret, "***") if self._secret else text

    def _late(self) -> Transient:
        return Transient(f"{self._config.url} does not answer within {self._timeout:g} seconds (--param timeout)")


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split())[:160]
    return text or type(error).__name__
