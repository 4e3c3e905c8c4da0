"""Consent to run code that a model writes, before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from xharness.errors import BadRequest, few
from xharness.registry import Registry
from xharness.sandboxing import confirm
from xharness.specs.models import Model
from xharness.specs.tasks import Task
from xharness.ways import runs_code, ways_of


def check_consent(tasks: Sequence[Task], model: Model, registry: Registry, *, way: str | None, confirmed: bool) -> None:
    """Raise BadRequest if tasks run code that a model writes, and the user has not agreed or no sandbox works.

    `way` is the way that the request names. The text names the tasks on the same data that run no code.
    """
    running = [
        task
        for task in tasks
        for each in ways_of(task, registry)
        if runs_code(task, each) and each.capability in model.capabilities and way in (None, each.name)
    ]
    try:
        confirm([task.name for task in running], registry, confirmed=confirmed)
    except BadRequest as error:
        data = [task.data for task in running]
        safe = [task.name for task in registry.all("tasks") if not task.unsafe_code and task.data in data]
        raise BadRequest(f"{error}; tasks on the same data that run no code: {few(safe) or 'none'}") from error
