"""Built-in tasks and suites."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import hookimpl

if TYPE_CHECKING:
    from xharness import Metric, Prompt, Suite, Task
    from xharness_tasks.all_tasks import TASKS
    from xharness_tasks.suites import SUITES

__all__ = ["CHECKPOINT", "SUITES", "TASKS"]

_MODULES = {"SUITES": "suites", "TASKS": "all_tasks"}

CHECKPOINT = Path(__file__).parent / "mini" / "nano"
"""The embedded checkpoint, on which the conformance kit runs tasks."""


def __getattr__(name: str) -> Any:
    """Import the tasks and suites when they are asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module 'xharness_tasks' has no attribute '{name}'")
    return getattr(import_module(f"xharness_tasks.{_MODULES[name]}"), name)


@hookimpl
def xharness_tasks() -> Iterable[Task]:
    """Yield the built-in tasks."""
    from xharness_tasks.all_tasks import TASKS

    return TASKS


@hookimpl
def xharness_suites() -> Iterable[Suite]:
    """Yield the built-in suites."""
    from xharness_tasks.suites import SUITES

    return SUITES


@hookimpl
def xharness_metrics() -> Iterable[Metric]:
    """Yield the metrics that are specific to a built-in task."""
    from xharness_tasks.qqp import DUPLICATE_F1

    return (DUPLICATE_F1,)


@hookimpl
def xharness_prompts() -> Iterable[Prompt]:
    """Yield the built-in prompts."""
    from xharness import prompts_in

    return prompts_in(Path(__file__).parent / "prompts")


@hookimpl
def xharness_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `demo`."""
    from xharness_tasks.mini import demo

    demo.add_parser(subparsers)
