"""An endpoint that scores and writes text."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from xharness import Continuation, Generation, Text
from xharness_plugins.models.endpoint import written
from xharness_plugins.models.endpoint.client import Client
from xharness_plugins.models.endpoint.likelihood import likelihood
from xharness_plugins.models.endpoint.replies import Filtered
from xharness_plugins.models.endpoint.reporting import described, reporting
from xharness_plugins.models.text_model import moved


@dataclass(frozen=True)
class TextEndpoint:
    """The APIs chat and completions; `on_tokens` receives the tokens that the server reports."""

    client: Client
    on_tokens: Callable[[int], None]

    def describe(self) -> Mapping[str, Any]:
        """Return model, address and API, and what was counted in the run so far, as JSON values."""
        return described(self.client)

    def loglikelihood(self, requests: Iterable[Continuation]) -> Iterator[float]:
        """Yield the log-likelihood of each text after its context."""
        yield from reporting(self.client.each(self._score, requests), self.client, self.on_tokens)

    def generate(self, requests: Iterable[Generation]) -> Iterator[Text]:
        """Yield what the model writes after each context, up to the first of its stop texts."""
        for text in reporting(self.client.each(self._write, requests), self.client, self.on_tokens):
            flaws = {"cut": text.cut, "refused": text.refused, "empty": not text.text.strip()}
            for name, found in flaws.items():
                self.client.session.add(name, found)
            yield text

    def _score(self, request: Continuation, stop: threading.Event) -> float:
        return likelihood(moved(request.context, request.text), self.client.config, partial(self._ask, stop))

    def _ask(self, stop: threading.Event, body: dict[str, Any], form: Any, parse: Any) -> Any:
        return self.client.answer(body, form, parse, stop)

    def _write(self, request: Generation, stop: threading.Event) -> Text:
        try:
            found = self._written(request, stop)
        except Filtered:
            return Text("", refused=True)
        text, stopped = written.before_stop(found["text"], request.stops)
        return Text(text, cut=found["end"] == "length" and not stopped, refused=found["refused"])

    def _written(self, request: Generation, stop: threading.Event) -> dict[str, Any]:
        """Return an answer; one that a stop text ends before it begins is asked again without stop texts."""
        config, found = self.client.config, {}
        for stops in (True, False):
            body = written.body_of(request, config, stops=stops)
            found = self.client.answer(body, written.form_of(config), written.parse, stop)
            if not request.stops or found["text"].strip() or found["end"] != "stop":
                break
        return found
