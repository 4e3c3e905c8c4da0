"""The hooks that a plugin may implement, as functions decorated with `hookimpl`.

The registry calls the hooks without arguments while it loads plugins, once for each command. Each yields specs: light,
frozen dataclasses that `xharness` exports. A hook must not import torch, transformers or datasets. If it raises, or
yields anything else than its spec, the whole plugin is disabled and reported. The last three hooks are called later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import argparse

    from xharness.specs.executors import Executor
    from xharness.specs.formats import Format, Specs
    from xharness.specs.kinds import Kind
    from xharness.specs.metrics import Metric
    from xharness.specs.models import Model
    from xharness.specs.noises import Noise
    from xharness.specs.prompts import Prompt
    from xharness.specs.published import PublishedRow
    from xharness.specs.recipes import Recipe
    from xharness.specs.sandboxes import Sandbox
    from xharness.specs.sources import Source
    from xharness.specs.suites import Suite
    from xharness.specs.tasks import Task
    from xharness.specs.ways import Way

# The bodies are empty: only the implementations in plugins are called.
hookspec = pluggy.HookspecMarker("xharness")
hookimpl = pluggy.HookimplMarker("xharness")
"""Marks a function of a plugin as a hook."""


@hookspec
def xharness_kinds() -> Iterable[Kind]:  # type: ignore[empty-body]
    """Yield kinds of task. Called at loading.

    Example: `yield Kind(name="spelling", summary="a word is spelt right", ways=(head("correct"),), ...)`.
    """


@hookspec
def xharness_ways() -> Iterable[Way]:  # type: ignore[empty-body]
    """Yield further ways to ask a model the tasks of a kind, which `kind` names. Called at loading.

    Example: `yield Way(name="generation", kind="span-qa", capability="generate", ask=ask, take=take)`.
    """


@hookspec
def xharness_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Yield tasks, each an instance of the task class of its kind. Called at loading.

    Example: `yield Classification(name="sib200", languages=("en", "sw"), data=hub("Davlan/sib200"), train="en")`.
    """


@hookspec
def xharness_suites() -> Iterable[Suite]:  # type: ignore[empty-body]
    """Yield suites, which name tasks of this plugin or of others. Called at loading.

    Example: `yield Suite(name="african", tasks={"sib200": ("sw", "yo"), "panx": ("sw", "yo")})`.
    """


@hookspec
def xharness_models() -> Iterable[Model]:  # type: ignore[empty-body]
    """Yield model adapters. Called at loading; the functions of an adapter are called when a checkpoint is used.

    Example: `yield Model(name="mine", capabilities=frozenset({"embed"}), claims=claims, inspect=inspect, load=load)`.
    """


@hookspec
def xharness_recipes() -> Iterable[Recipe]:  # type: ignore[empty-body]
    """Yield recipes. Called at loading; `checkpoint` is called for each task, language and seed of a plan.

    Example: `yield Recipe(name="frozen", summary="no training", checkpoint=lambda wish: pretrained(wish.model))`.
    """


@hookspec
def xharness_noises() -> Iterable[Noise]:  # type: ignore[empty-body]
    """Yield noises, which change the texts that a model is evaluated on. Called at loading.

    Example: `yield Noise(name="shout", summary="words in capitals", family="case", edits=edits)`.
    """


@hookspec
def xharness_sources() -> Iterable[Source]:  # type: ignore[empty-body]
    """Yield data sources. Called at loading; `fingerprint` is called at planning, `load` when a stage reads a split.

    Example: `yield Source(name="s3", summary="an S3 bucket", fingerprint=fingerprint, load=load)`.
    """


@hookspec
def xharness_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Yield metrics. Called at loading; `compute` is called to score the predictions of a cell.

    Example: `yield Metric(name="exact", kinds=("span-qa",), compute=compute, signature="exact|v:1")`.
    """


@hookspec
def xharness_executors() -> Iterable[Executor]:  # type: ignore[empty-body]
    """Yield executors. Called at loading; `run` is called once for each run.

    Example: `yield Executor(name="threads", summary="in threads of this process", run=run)`.
    """


@hookspec
def xharness_sandboxes() -> Iterable[Sandbox]:  # type: ignore[empty-body]
    """Yield sandboxes, in which generated programs run. Called at loading; `probe` is called before a run.

    Example: `yield Sandbox(name="vm", summary="a virtual machine", strength=50, probe=probe, open=open_session)`.
    """


@hookspec
def xharness_formats() -> Iterable[Format]:  # type: ignore[empty-body]
    """Yield formats of `xharness export`. Called at loading; `make` is called with the folder of a run.

    Example: `yield Format(name="latex", summary="a table for a paper", make=make)`.
    """


@hookspec
def xharness_published() -> Iterable[PublishedRow]:  # type: ignore[empty-body]
    """Yield published scores, shown beside those of runs. Called when a leaderboard is built.

    Example: `yield PublishedRow(model="mBERT", benchmark="xtreme", task="xnli", language="avg", value=65.4, ...)`.
    """


@hookspec
def xharness_compare(a: Path, b: Path, specs: Specs) -> Mapping[str, Any]:  # type: ignore[empty-body]
    """Return the comparison of two runs, given by their folders, in the form of `xharness compare --json`.

    Called by `Result.compare` of the Python API; the first plugin that implements it is asked. `specs` has the specs of
    all plugins.

    Example: `return {"rows": [...], "tests": 12, "level": 0.05, "a": {...}, "b": {...}, "lower_is_better": []}`.
    """


@hookspec
def xharness_prompts() -> Iterable[Prompt]:  # type: ignore[empty-body]
    """Yield prompts of any tasks, also of tasks of other plugins. Called when a task is first asked in words.

    Example: `yield Prompt(task="xnli", variant="mine", templates={"*": Template(context="{text}, right?", ...)})`.
    """


@hookspec
def xharness_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add commands to `subparsers`, the argparse object of all commands. Called before the command line is parsed.

    A command sets the default `run`, a function that takes the parsed arguments and returns the exit code. The
    arguments hold the loaded plugins as `registry`.

    Example: `subparsers.add_parser("hello", help="say hello").set_defaults(run=hello)`.
    """
