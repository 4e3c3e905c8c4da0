"""The answers of a server: their content, or the error that they mean, in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from xharness import StageError
from xharness_plugins.models.endpoint.config import Config

# The longest wait in seconds that a server may ask for.
LONGEST_WAIT = 600.0
_PASSING = {408, 409, 425, 429}
_FILTERS = {"content_filter", "content_policy_violation"}
_NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached"}


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers with names in small letters, and the body as text."""

    status: int
    headers: Mapping[str, str]
    text: str


class Transient(Exception):
    """An error that may pass: the request can be repeated, after `wait` seconds if the server asks for it."""

    def __init__(self, text: str, wait: float | None = None, *, unreachable: bool = False) -> None:
        super().__init__(text)
        self.wait, self.unreachable = wait, unreachable


class Lasting(StageError):
    """An error that every other request to the server will meet too."""


class Filtered(StageError):
    """A filter of the server refuses the prompt."""


def content_of(reply: Reply, config: Config) -> dict[str, Any]:
    """Return the JSON object of an answer; raise the error that the answer means, as `Transport.post`."""
    if 300 <= reply.status < 400:
        raise Lasting(
            f"{config.url} redirects to {_host(reply.headers.get('location', ''))} ({reply.status}), which is not "
            f"followed; put the final address into {config.path}"
        )
    if reply.status != 200:
        raise _refusal(reply, config)
    if "text/html" in reply.headers.get("content-type", ""):
        raise Lasting(f"{config.url} answers with a web page instead of JSON; correct url in {config.path}")
    try:
        content = json.loads(reply.text)
    except (ValueError, RecursionError):
        raise Transient(f"{config.url}: the answer is not JSON: {_short(reply.text) or 'it is empty'}") from None
    if not isinstance(content, dict):
        raise Lasting(f"{config.url}: expected a JSON object, got {_short(reply.text)}; correct url in {config.path}")
    return content


def _refusal(reply: Reply, config: Config) -> Exception:
    said, code = _said(reply)
    why = f"{reply.status}: {said}" if said else str(reply.status)
    if reply.status == 429 and code in _NO_MONEY:
        return Lasting(f"{config.url}: the account has no quota left ({why}); add some, and run again to continue")
    if reply.status in _PASSING or reply.status >= 500:
        wait = _wait(reply.headers.get("retry-after", ""))
        if wait and wait > LONGEST_WAIT:
            return Lasting(f"{config.url} asks to wait {wait:,.0f} seconds ({why}); run again later to continue")
        return Transient(f"{config.url} fails ({why})", wait)
    if reply.status in (401, 403):
        which = f"check the key in {config.key}" if config.key else f"name the variable with the key in {config.path}"
        return Lasting(f"{config.url} denies access ({why}); {which}")
    if reply.status in (404, 405):
        return Lasting(f"{config.url} has no model '{config.model}' for {config.api} ({why}); correct {config.path}")
    if code in _FILTERS:
        return Filtered(f"{config.url} refuses the prompt ({why})")
    return StageError(f"{config.url} refuses the request ({why}); see docs/endpoints.md")


def _said(reply: Reply) -> tuple[str, str]:
    """Return the message and the code of an error, in the forms that servers use."""
    try:
        content = json.loads(reply.text)
    except (ValueError, RecursionError):
        return ("" if "html" in reply.headers.get("content-type", "") else _short(reply.text)), ""
    error = content.get("error", content) if isinstance(content, dict) else content
    if not isinstance(error, dict):
        return _short(str(error)), ""
    message = error.get("message") or error.get("detail") or ""
    return _short(str(message)), str(error.get("code") or error.get("type") or "")


def _short(text: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text[:1000])
    return " ".join(plain.split())[:200]


def _wait(after: str) -> float | None:
    """Return the seconds of a header Retry-After, a number or a date; None without one."""
    after = after.strip()
    if after.replace(".", "", 1).isdecimal():
        return float(after)
    try:
        when = parsedate_to_datetime(after)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _host(location: str) -> str:
    """Return scheme and host of an address, without what may be secret in it."""
    try:
        parts = urlsplit(location)
        return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another path"
    except ValueError:
        return "another address"
