"""Answers from an endpoint: cached ones, and new ones by requests that are repeated after errors that may pass."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from xharness import StageError
from xharness.data.forms import Form, mismatch, record, whole
from xharness_plugins.models.endpoint.cache import Cache
from xharness_plugins.models.endpoint.config import Config
from xharness_plugins.models.endpoint.ordered import in_order
from xharness_plugins.models.endpoint.replies import Lasting, Transient
from xharness_plugins.models.endpoint.session import Session
from xharness_plugins.models.endpoint.transport import Transport

Item = TypeVar("Item")
Result = TypeVar("Result")
_FIRST_WAIT, _LAST_WAIT = 1.0, 60.0
# Repetitions for a server that cannot be reached and has not answered before in the run.
_RETRIES_AT_START = 2
PATHS = {"chat": "chat/completions", "completions": "completions", "embeddings": "embeddings"}
"""The path of each API after the address of a server."""
_USAGE = record({"prompt_tokens": whole(), "completion_tokens": whole()})


@dataclass(frozen=True)
class Client:
    """The access to an endpoint. Its methods may be called from several threads."""

    config: Config
    session: Session
    cache: Cache
    transport: Transport
    retries: int
    concurrency: int

    def each(self, work: Callable[[Item, threading.Event], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield `work(item, stop)` for each item, in order, several at the same time; connections are closed after."""
        with closing(self.transport), closing(in_order(work, items, self.concurrency)) as results:
            yield from results

    def answer(
        self, body: Mapping[str, Any], form: Form, parse: Callable[[dict[str, Any]], Any], stop: threading.Event
    ) -> Any:
        """Return `parse(response)` for a request, from the cache if it is there; see `send` for errors."""
        asked = self.named(body)
        found = self.cache.get(asked)
        if found is not None:
            self.session.add("cached")
            return found
        answer = parse(self.send(asked, form, stop))
        self.cache.put(asked, answer)
        return answer

    def named(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a request, with the model and the further fields of the configuration."""
        fields = {"model": self.config.model, **body, **self.config.extra}
        return {name: value for name, value in fields.items() if value is not None}

    def send(self, fields: Mapping[str, Any], form: Form, stop: threading.Event) -> dict[str, Any]:
        """Return the response to a request, which has a form.

        StageError if the server fails for good, if all tries fail, or if the budget is used up.
        """
        for count in range(self.retries + 1):
            self._pause(self.session.held(), stop)
            self.session.admit()
            self.session.add("retries", count > 0)
            try:
                response = self.transport.post(PATHS[self.config.api], fields)
            except Transient as problem:
                most = self.retries
                if problem.unreachable and not self.session.answered:
                    most = min(most, _RETRIES_AT_START)
                if count >= most:
                    raise self._over(problem, count) from None
                self._wait(problem, count, stop)
            except Lasting as problem:
                raise self.session.fail(str(problem)) from None
            else:
                return self._counted(response, form)
        raise AssertionError("the last try returns or raises")

    def _counted(self, response: dict[str, Any], form: Form) -> dict[str, Any]:
        problem = mismatch(response, form)
        if problem:
            raise self.session.fail(
                f"{self.config.url}: the answer has another form than the api {self.config.api}: {problem}; correct "
                f"{self.config.path}"
            )
        self.session.succeeded()
        usage: Any = response.get("usage")
        if mismatch(usage, _USAGE) is None:
            for name in ("prompt_tokens", "completion_tokens"):
                self.session.add(name, usage.get(name) or 0)
        return response

    def _over(self, problem: Transient, count: int) -> StageError:
        tries = f" after {count + 1} tries" if count else ""
        remedy = start_remedy(self.config) if problem.unreachable else "try again later"
        text = f"{problem}{tries}; {remedy}"
        return self.session.fail(text) if problem.unreachable else self.session.give_up(text)

    def _wait(self, problem: Transient, count: int, stop: threading.Event) -> None:
        if problem.wait is not None:
            self.session.hold(problem.wait)
        wait = min(_FIRST_WAIT * 2**count, _LAST_WAIT) * random.uniform(0.5, 1)
        self._pause(max(wait, (problem.wait or 0) * random.uniform(1, 1.1)), stop)

    def _pause(self, seconds: float, stop: threading.Event) -> None:
        if (seconds and stop.wait(seconds)) or stop.is_set():
            raise StageError("another request failed, so this one was not sent")


def start_remedy(config: Config) -> str:
    """Return what to do if a server cannot be reached."""
    return f"start the server, or correct url in {config.path}"
