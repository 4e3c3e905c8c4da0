"""The file endpoint.json: where a model is served, under which name, and what the server can do."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from xharness import BadRequest, ModelInfo, absent, needs, unknown
from xharness.data.forms import ANY, NAME, TEXT, Form, object_of, read_json, record, shown
from xharness_plugins.models.endpoint import FILE

_APIS = ("chat", "completions", "embeddings")
_PROMPT_LOGPROBS = ("echo", "vllm")


def _one_of(*names: str) -> Form:
    return Form(" or ".join(names), lambda value: value in names)


_FIELDS = {
    "url": NAME,
    "model": NAME,
    "api": _one_of(*_APIS),
    "key": Form("the name of an environment variable", lambda value: isinstance(value, str)),
    "version": TEXT,
    "prompt_logprobs": _one_of(*_PROMPT_LOGPROBS),
    "start": TEXT,
    "extra": object_of(ANY),
}
_FORM = record(_FIELDS, required=["url", "model", "api"])
# Keys of most services have small letters, so a key that stands here by mistake is refused and not printed.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Config:
    """The content of endpoint.json.

    `key` names the environment variable with the key of the server, None for no key. `prompt_logprobs` is how the
    server is asked for log-probabilities of a prompt, None if it has none. `start` is the text that the server's model
    begins a document with. `extra` are further fields of each request; null removes a field.
    """

    path: Path
    url: str
    model: str
    api: str
    key: str | None = None
    version: str = ""
    prompt_logprobs: str | None = None
    start: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Config:
        """Read the file in a folder; BadRequest if a value is wrong. No message contains a password or a key."""
        path = folder / FILE
        content = read_json(path, _FORM)
        for name in content:
            if name not in _FIELDS:
                raise BadRequest.at(path, None, str(unknown("key", name, _FIELDS)))
        given = {name: value for name, value in content.items() if value is not None}
        config = cls(path=path, **given | {"url": _address(given["url"], path)})
        config.check()
        return config

    def check(self) -> None:
        """Raise BadRequest for values that contradict each other."""
        if self.key is not None and not _VARIABLE.fullmatch(self.key):
            raise BadRequest.at(
                self.path, None, "key: expected the name of an environment variable in capital letters, such as "
                "OPENAI_API_KEY, and not the key itself"
            )  # fmt: skip
        for name in ("prompt_logprobs", "start"):
            if getattr(self, name) and self.api != "completions":
                raise BadRequest.at(self.path, None, f"{name}: only the api completions has it; remove it")

    @property
    def able(self) -> frozenset[str]:
        """Return the capabilities of the endpoint."""
        if self.api == "embeddings":
            return frozenset({"embed"})
        return frozenset({"generate", "loglikelihood"} if self.prompt_logprobs else {"generate"})

    @property
    def identity(self) -> str:
        """Return a digest of all that changes answers, 64 hexadecimal digits."""
        names = ("url", "model", "api", "version", "prompt_logprobs", "start", "extra")
        values = {name: getattr(self, name) for name in names}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def secret(self) -> str | None:
        """Return the key of the server from the environment, None if it needs none; BadRequest if it is missing."""
        if self.key is None:
            return None
        value = os.environ.get(self.key, "").strip()
        if not value:
            raise BadRequest(
                f"{self.path}: the environment variable {self.key} is not set; export {self.key}=... with the key of "
                f"{self.url}, or remove \"key\" if the server needs none"
            )  # fmt: skip
        if not value.isascii() or not value.isprintable() or " " in value:
            raise BadRequest(
                f"{self.path}: the environment variable {self.key} has characters that a key cannot have; copy it again"
            )
        return value


def _address(url: str, path: Path) -> str:
    """Return the address of a server without a slash at its end; BadRequest without the address if it has a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadRequest.at(path, None, "url: not an address; use one such as http://localhost:8000/v1") from None
    if parts.username is not None or parts.password is not None:
        raise BadRequest.at(
            path, None, "url: contains a user name or password, which would be written into records; remove them, and "
            "name an environment variable with the key in \"key\""
        )  # fmt: skip
    if parts.query or parts.fragment:
        raise BadRequest.at(path, None, "url: has a part after ? or #; remove it")
    if parts.scheme not in ("http", "https") or not host:
        raise BadRequest.at(path, None, f"url: expected http:// or https:// and a host, got {shown(url)}")
    for end in ("/chat/completions", "/completions", "/embeddings"):
        if parts.path.rstrip("/").endswith(end):
            raise BadRequest.at(path, None, f"url: give the address before {end}")
    return url.rstrip("/")


def inspect(path: Path, reference: str, revision: str | None) -> ModelInfo:
    """Return the metadata of an endpoint; no request is sent.

    BadRequest for a folder from the hub: its author would choose the server that receives a key of this machine.
    """
    if revision is not None:
        raise BadRequest(
            f"model '{reference}': an {FILE} from the hub can send your data and keys to any server; read it, and copy "
            "it into a local folder to use it"
        )
    config = Config.read(path)
    return ModelInfo(
        reference=reference,
        adapter="endpoint",
        path=path,
        revision=None,
        fingerprint=config.identity,
        architecture=f"{config.model} ({config.api})",
        hidden_size=0,
        layers=0,
        parameters=0,
        bytes=0,
        max_length=0,
        ready=config.able,
        capabilities=config.able,
        dtype="unknown",
        files={FILE: hashlib.sha256((path / FILE).read_bytes()).hexdigest()},
    )


def check(path: Path) -> None:
    """Raise BadRequest if the HTTP library or the key of the server is missing."""
    if absent("httpx2"):
        raise BadRequest(needs("the adapter 'endpoint'", ["httpx2"], "endpoint"))
    Config.read(path).secret()
