"""Ask a server for one token, to find out before any work that it cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from xharness import BadRequest, Generation, StageError
from xharness_plugins.models.endpoint import written
from xharness_plugins.models.endpoint.client import PATHS, start_remedy
from xharness_plugins.models.endpoint.config import Config
from xharness_plugins.models.endpoint.params import PARAMS
from xharness_plugins.models.endpoint.replies import Lasting, Transient
from xharness_plugins.models.endpoint.transport import Transport

TEXT = "Hello"
"""The text of the request."""


def probe(folder: Path, params: Mapping[str, Any]) -> None:
    """Send one short request, which is not counted; BadRequest if all others would fail too.

    They would if the server is down, denies access, lacks the model or the API, or is another server. Errors that may
    pass, and those of the request itself, say nothing about other requests.
    """
    config = Config.read(folder)
    fields = {"model": config.model, **_body(config), **config.extra}
    with closing(Transport(config, params.get("timeout") or PARAMS["timeout"].default)) as transport:
        try:
            transport.post(PATHS[config.api], {name: value for name, value in fields.items() if value is not None})
        except Lasting as problem:
            raise BadRequest(str(problem)) from None
        except Transient as problem:
            if problem.unreachable:
                raise BadRequest(f"{problem}; {start_remedy(config)}") from None
        except StageError:
            return


def _body(config: Config) -> dict[str, Any]:
    if config.api == "embeddings":
        return {"input": [TEXT]}
    return written.body_of(Generation(TEXT, most=1), config)
