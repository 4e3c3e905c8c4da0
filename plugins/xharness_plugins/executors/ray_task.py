"""What a Ray task does: it performs one work and yields its events."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from queue import SimpleQueue

from xharness import Event, Perform, Work
from xharness_plugins.executors.worker_process import portable

Message = tuple[str, Event] | bool | Exception


def serve(work: Work, plan: str, perform: Perform, environment: Mapping[str, str]) -> Iterator[Message]:
    """Perform a work and yield each of its events, then whether it succeeded or the error that ends the run."""
    os.environ.update(environment)
    messages: SimpleQueue[Message] = SimpleQueue()

    def work_off() -> None:
        try:
            outcome: bool | Exception = perform(replace(work, plan=plan), lambda *event: messages.put(event))
        except Exception as error:  # noqa: BLE001 - it is raised again in the main process
            outcome = portable(error)
        messages.put(outcome)

    threading.Thread(target=work_off, daemon=True).start()
    while isinstance(message := messages.get(), tuple):
        yield message
    yield message
