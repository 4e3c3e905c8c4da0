"""What all models of one endpoint share in a run: counts, the budget, and whether the server has failed for good."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from xharness import LoadOptions, StageError
from xharness_plugins.models.endpoint.config import Config

COUNTS = (
    "requests", "retries", "cached", "prompt_tokens", "completion_tokens", "cut", "empty", "refused"
)  # fmt: skip
"""What is counted; `requests` are those sent, retries included."""
# After so many requests that failed in all their tries, and none that succeeded between, the server counts as down.
_GIVEN_UP = 3


class Session:
    """Counts, budget and state of an endpoint in one run; safe to use from several threads."""

    def __init__(self, max_requests: int | None, max_tokens: int | None) -> None:
        self._most = {"requests": max_requests, "tokens": max_tokens}
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._given_up = 0
        self._failure: str | None = None
        self._resume = 0.0
        self.answered = False

    @classmethod
    def of(cls, config: Config, params: Mapping[str, Any], options: LoadOptions) -> Session:
        """Return the session of an endpoint in the run that options belong to."""
        name = f"endpoint {config.identity}"
        session: Session = options.shared.setdefault(name, cls(params.get("max_requests"), params.get("max_tokens")))
        return session

    def admit(self) -> None:
        """Count a request that will be sent; StageError if the server has failed, or the budget is used up."""
        with self._lock:
            if self._failure:
                raise StageError(self._failure)
            used = {"requests": self._counts["requests"], "tokens": self.tokens}
            for what, most in self._most.items():
                if most is not None and used[what] >= most:
                    raise StageError(
                        f"the budget of {most:,} {what} is used up (--param max_{what}={most}); what is answered is "
                        "cached: raise it, and run again to continue"
                    )
            self._counts["requests"] += 1

    @property
    def tokens(self) -> int:
        """Return the number of tokens that the server has reported."""
        return self._counts["prompt_tokens"] + self._counts["completion_tokens"]

    def add(self, name: str, number: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            self._counts[name] += number

    def counts(self) -> dict[str, int]:
        """Return all counts."""
        with self._lock:
            return {name: self._counts[name] for name in COUNTS}

    def succeeded(self) -> None:
        """Note that the server has answered."""
        with self._lock:
            self.answered, self._given_up = True, 0

    def fail(self, text: str) -> StageError:
        """Let all later requests fail with a text; return the error."""
        with self._lock:
            self._failure = self._failure or text
        return StageError(text)

    def give_up(self, text: str) -> StageError:
        """Note a request that failed in all its tries; return its error."""
        with self._lock:
            self._given_up += 1
            if self._given_up >= _GIVEN_UP:
                self._failure = self._failure or text
        return StageError(text)

    def hold(self, seconds: float) -> None:
        """Let no request start for some seconds, as the server asks."""
        with self._lock:
            self._resume = max(self._resume, time.monotonic() + seconds)

    def held(self) -> float:
        """Return the seconds until a request may start."""
        with self._lock:
            return max(0.0, self._resume - time.monotonic())
