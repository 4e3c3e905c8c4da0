"""Limits on the requests of huggingface_hub, which waits without limit for some answers."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from xharness.data.hub.problems import DownloadError, rate_limited

# Seconds without a byte after which a request that has no time-out of its own is given up.
_TIMEOUT = 30.0
# A transfer below this rate, in bytes a second, is given up after this many seconds.
_RATE, _AFTER = 1000, 60.0
# The longest wait in seconds that the hub may ask for.
_WAIT = 60
# How often the same file may be sent from its beginning.
_RESTARTS = 6
_RESET = re.compile(r"\br=0\s*;\s*t=(\d+)")


@contextmanager
def watched() -> Iterator[None]:
    """Within the block, a request of huggingface_hub that would wait too long raises DownloadError or times out."""
    from huggingface_hub import get_session

    client, watch = get_session(), _Watch()
    before = client.event_hooks
    client.event_hooks = {
        "request": [*before["request"], watch.on_request],
        "response": [*before["response"], watch.on_response],
    }
    try:
        yield
    finally:
        client.event_hooks = before


@dataclass
class _Watch:
    """The hooks of one download; `sent` counts how often a file was sent from its beginning."""

    sent: Counter[str] = field(default_factory=Counter)

    def on_request(self, request: Any) -> None:
        """Set the missing time-outs of a request."""
        timeouts = dict(request.extensions.get("timeout") or {})
        for name in ("connect", "read", "write"):
            if timeouts.get(name) is None:
                timeouts[name] = _TIMEOUT
        request.extensions = {**request.extensions, "timeout": timeouts}

    def on_response(self, response: Any) -> None:
        """Raise DownloadError for a long rate limit, a web page, or a file that breaks off again and again."""
        url = str(response.request.url).partition("?")[0]
        if response.status_code == 429 and (wait := _wait_of(response.headers)) > _WAIT:
            raise rate_limited(wait)
        web_page = response.headers.get("content-type", "").startswith("text/html")
        if response.status_code == 200 and web_page and "x-repo-commit" not in response.headers:
            raise DownloadError(
                f"{url} answers with a web page instead of the hub's data; check HF_ENDPOINT, the proxy, and whether "
                "the network has a login page"
            )
        if response.request.method == "GET" and response.status_code == 200:
            self.sent[url] += 1
            if self.sent[url] > _RESTARTS:
                raise DownloadError(f"{url} breaks off again and again; check the network or the proxy, and try again")
        response.iter_raw = _paced(response.iter_raw, url)


def _paced(read: Callable[..., Iterator[bytes]], url: str) -> Callable[..., Iterator[bytes]]:
    """Return `read`, which raises DownloadError if the bytes arrive too slowly."""

    def paced(*arguments: Any, **named: Any) -> Iterator[bytes]:
        start, received = time.monotonic(), 0
        for chunk in read(*arguments, **named):
            received += len(chunk)
            passed = time.monotonic() - start
            if passed > _AFTER and received < _RATE * passed:
                raise DownloadError(
                    f"{url} sends only {received / passed:,.0f} bytes a second; check the network, and try again"
                )
            yield chunk

    return paced


def _wait_of(headers: Any) -> int:
    """Return the seconds that the hub asks to wait, 0 if it does not say."""
    if reset := _RESET.search(headers.get("ratelimit", "")):
        return int(reset[1])
    after = headers.get("retry-after", "").strip()
    return int(after) if after.isdigit() else 0
