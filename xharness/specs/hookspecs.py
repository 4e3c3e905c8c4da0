"""The hooks that a plugin may implement. Each returns an iterable of light, frozen specs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import argparse

    from xharness.specs.executors import Executor
    from xharness.specs.formats import Format
    from xharness.specs.kinds import Kind
    from xharness.specs.metrics import Metric
    from xharness.specs.models import Model
    from xharness.specs.noises import Noise
    from xharness.specs.prompts import Prompt
    from xharness.specs.published import PublishedRow
    from xharness.specs.recipes import Recipe
    from xharness.specs.sources import Source
    from xharness.specs.suites import Suite
    from xharness.specs.tasks import Task
    from xharness.specs.ways import Way

# The bodies are empty, which a type checker is told below: what is called are the implementations.
hookspec = pluggy.HookspecMarker("xharness")
hookimpl = pluggy.HookimplMarker("xharness")


@hookspec
def xharness_kinds() -> Iterable[Kind]:  # type: ignore[empty-body]
    """Yield kinds of task, those of the plugin's own tasks included."""


@hookspec
def xharness_ways() -> Iterable[Way]:  # type: ignore[empty-body]
    """Yield more ways to ask tasks of a kind; each names its kind."""


@hookspec
def xharness_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Yield tasks."""


@hookspec
def xharness_suites() -> Iterable[Suite]:  # type: ignore[empty-body]
    """Yield suites."""


@hookspec
def xharness_models() -> Iterable[Model]:  # type: ignore[empty-body]
    """Yield model adapters."""


@hookspec
def xharness_recipes() -> Iterable[Recipe]:  # type: ignore[empty-body]
    """Yield transfer recipes."""


@hookspec
def xharness_noises() -> Iterable[Noise]:  # type: ignore[empty-body]
    """Yield noises, which change the texts that a model is evaluated on."""


@hookspec
def xharness_sources() -> Iterable[Source]:  # type: ignore[empty-body]
    """Yield data sources."""


@hookspec
def xharness_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Yield metrics."""


@hookspec
def xharness_executors() -> Iterable[Executor]:  # type: ignore[empty-body]
    """Yield executors."""


@hookspec
def xharness_formats() -> Iterable[Format]:  # type: ignore[empty-body]
    """Yield formats that runs are exported in."""


@hookspec
def xharness_published() -> Iterable[PublishedRow]:  # type: ignore[empty-body]
    """Yield published scores. Unlike the other hooks it is called only where they are asked for, as a board does."""


@hookspec
def xharness_prompts() -> Iterable[Prompt]:  # type: ignore[empty-body]
    """Yield prompts of any tasks, those of other plugins too. Called only where a task is asked in words."""


@hookspec
def xharness_commands(subparsers: argparse._SubParsersAction) -> Iterable[Callable]:  # type: ignore
    """Add sub-commands to the command line."""
