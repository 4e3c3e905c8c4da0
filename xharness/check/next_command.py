"""The command to run next: the first recipe and tasks that can be planned for a checkpoint."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xharness.check.heads import fitting
from xharness.errors import XHarnessError
from xharness.model_lookup import Found
from xharness.planner import make
from xharness.registry import Registry
from xharness.request import DEFAULT_RECIPE, DEFAULT_SUITE, build, resolve
from xharness.specs.models import LoadOptions
from xharness.specs.tasks import Task

_SHOWN = 3


def next_command(
    reference: str, found: Found, params: Mapping[str, str], options: LoadOptions, registry: Registry
) -> str | None:
    """Return the command that evaluates a checkpoint, None if no recipe can evaluate it on a task.

    Every task of the command is planned with synthetic data, so that the command is valid.
    """
    planner = _Planner(reference, found, params, options, registry)
    recipe, tasks = planner.as_it_is() or planner.by_recipe() or (None, [])
    if recipe is None:
        return None
    words = ["xharness", "run", reference]
    if set(tasks) < set(registry.get("suites", DEFAULT_SUITE).tasks) or recipe != DEFAULT_RECIPE:
        words += [word for task in tasks[:_SHOWN] for word in ("--task", task)]
    words += [] if recipe == DEFAULT_RECIPE else ["--recipe", recipe]
    words += [word for name, value in params.items() for word in ("--param", f"{name}={value}")]
    words += ["--allow-pickle"] if options.allow_pickle else []
    words += ["--allow-remote-code"] if options.allow_remote_code else []
    return shlex.join(words)


@dataclass(frozen=True)
class _Planner:
    reference: str
    found: Found
    params: Mapping[str, str]
    options: LoadOptions
    registry: Registry

    def as_it_is(self) -> tuple[str, list[str]] | None:
        """Return a recipe that trains nothing, and the tasks that the checkpoint is ready for; None if there are none.

        These are the tasks that its head fits, or else those of a suite that it can be asked in words.
        """
        tasks = fitting(self.found[1], self.registry) or list(filter(self._in_words, self._suite_tasks()))
        for recipe in self.registry.names("recipes") if tasks else ():
            planned = [task.name for task in tasks if self._fits(recipe, task, trains=False)]
            if planned:
                return recipe, planned
        return None

    def _in_words(self, task: Task) -> bool:
        return any(not way.native and way.capability in self.found[1].ready for way in task.kind.ways)

    def by_recipe(self) -> tuple[str, list[str]] | None:
        """Return the first recipe, the default one before others, that can evaluate tasks of a suite, and these."""
        for recipe in dict.fromkeys([DEFAULT_RECIPE, *self.registry.names("recipes")]):
            planned = [task.name for task in self._suite_tasks() if self._fits(recipe, task)]
            if planned:
                return recipe, planned
        return None

    def _suite_tasks(self) -> Iterator[Task]:
        suites = dict.fromkeys([DEFAULT_SUITE, *self.registry.names("suites")])
        names = dict.fromkeys(name for suite in suites for name in self.registry.get("suites", suite).tasks)
        return (self.registry.get("tasks", name) for name in names)

    def _fits(self, recipe: str, task: Task, *, trains: bool = True) -> bool:
        source = next((each.name for each in self.registry.all("sources") if each.synthetic), None)
        wanted = {
            "model": self.reference,
            "params": dict(self.params),
            "recipe": recipe,
            "tasks": [task.name],
            "languages": [task.languages[0]],
            "allow_pickle": self.options.allow_pickle,
            "allow_remote_code": self.options.allow_remote_code,
            **({"source": source} if source else {}),
        }
        try:
            resolved = resolve(build(wanted), self.registry, {self.reference: self.found})
            plan = make(resolved, self.registry, "float32")
        except XHarnessError:
            return False
        ready = bool(plan.jobs) and all(job.problem is None for job in plan.jobs.values())
        return ready and (trains or not any(job.stage.refs("train") for job in plan.jobs.values()))
