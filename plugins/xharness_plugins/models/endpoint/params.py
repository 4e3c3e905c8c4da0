"""The parameters of an endpoint: how its server is asked. None of them changes an answer."""

from __future__ import annotations

from math import inf

from xharness import Param, positive


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number of at least 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < inf:
        raise ValueError("must be a number of seconds above 0")
    return seconds


PARAMS = {
    "concurrency": Param(type=positive, default=4, help="requests at the same time", keyed=False),
    "retries": Param(type=_count, default=5, help="repetitions of a request after an error that may pass", keyed=False),
    "timeout": Param(type=_seconds, default=120.0, help="seconds until a request is given up", keyed=False),
    "max_requests": Param(type=positive, help="most requests that a run may send, retries included", keyed=False),
    "max_tokens": Param(
        type=positive, help="tokens, as the server counts them, after which a run sends no request", keyed=False
    ),
    "texts": Param(
        type=positive, default=32, help="texts in one request for embeddings", capability="embed", keyed=False
    ),
}
