"""The registry: loads plugins, records those that fail, and looks up specs by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import pluggy

from xharness.discovery import API_VERSION, BUILT_IN, Plugin, installed, named
from xharness.errors import BadRequest, PluginError, UnknownName, suggest, unknown
from xharness.specs import hookspecs

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from xharness.specs.executors import Executor
    from xharness.specs.formats import Format
    from xharness.specs.kinds import Kind
    from xharness.specs.metrics import Metric
    from xharness.specs.models import Model
    from xharness.specs.noises import Noise
    from xharness.specs.prompts import Prompt
    from xharness.specs.published import PublishedRow, PublishedSource
    from xharness.specs.recipes import Recipe
    from xharness.specs.sandboxes import Sandbox
    from xharness.specs.sources import Source
    from xharness.specs.suites import Suite
    from xharness.specs.tasks import Task
    from xharness.specs.ways import Way

SPECS = {
    "kinds": "Kind",
    "ways": "Way",
    "tasks": "Task",
    "suites": "Suite",
    "models": "Model",
    "recipes": "Recipe",
    "noises": "Noise",
    "sources": "Source",
    "metrics": "Metric",
    "executors": "Executor",
    "sandboxes": "Sandbox",
    "formats": "Format",
}
"""The class of the specs of each group, in the module `xharness.specs.GROUP`."""

_PREFIX = "xharness_"


def singular(group: str) -> str:
    """Return the name of one spec of a group: `task` for `tasks`, `sandbox` for `sandboxes`."""
    return group.removesuffix("es" if group.endswith("xes") else "s")


@dataclass(frozen=True)
class Registration:
    """A spec and the plugin that declares it."""

    spec: Any
    plugin: Plugin

    @property
    def qualified(self) -> str:
        """Return `distribution:name`, which is unique."""
        return f"{self.plugin.distribution}:{self.spec.name}"


@dataclass
class Registry:
    """The specs of all plugins, by group (`tasks`, `suites`, ...) and name.

    `named` and `third_parties` are the arguments of `load`, with which another process can load the same plugins.
    """

    plugins: list[Plugin]
    warnings: list[str]
    named: tuple[str, ...] = ()
    third_parties: bool = True
    _pending: dict[str, list[Plugin]] = field(default_factory=dict)
    """The built-in plugins whose specs of a group are not loaded yet; they are loaded when the group is asked for."""
    _registrations: dict[str, dict[str, list[Registration]]] = field(default_factory=dict)
    _prompts: dict[str, list[Prompt]] | None = None
    _manager: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager("xharness"))

    @classmethod
    def load(cls, plugins: Sequence[str] = (), *, third_parties: bool = True) -> Registry:
        """Load the built-in plugins, installed plugins, and `plugins` (paths of files, or module names).

        A plugin that fails is disabled, with the error in its record; the others are loaded. `XHARNESS_PLUGINS`
        (comma-separated names of entry points or distributions) selects installed third-party plugins;
        `third_parties=False` loads none of them. Raises BadRequest if a plugin in `plugins` does not exist.
        """
        only = os.environ.get("XHARNESS_PLUGINS")
        chosen = None if only is None else {name.strip() for name in only.split(",") if name.strip()}
        every = [*installed(chosen if third_parties else set()), *(named(name) for name in plugins)]
        registry = cls(plugins=every, warnings=[], named=tuple(plugins), third_parties=third_parties)
        registry._manager.add_hookspecs(hookspecs)
        for plugin in every:
            registry._add(plugin)
        registry._warn()
        return registry

    def _add(self, plugin: Plugin) -> None:
        if plugin.error is None:
            with plugin.guarded():
                self._manager.register(plugin.module, name=plugin.name)
                _check_hooks(self._manager, plugin)
        if plugin.built_in and plugin.error is None:
            for group in SPECS:
                self._pending.setdefault(group, []).append(plugin)
        else:
            self._enter(plugin, SPECS)

    def _enter(self, plugin: Plugin, groups: Iterable[str]) -> None:
        """Load the specs of a plugin; one that fails disables the plugin."""
        if plugin.error is None:
            with plugin.guarded():
                registrations = list(self._declared(plugin, groups))
        if plugin.error is not None:
            if self._manager.has_plugin(plugin.name):
                self._manager.unregister(name=plugin.name)
            return
        for group, registration in registrations:
            self._group(group).setdefault(registration.spec.name, []).append(registration)

    def _group(self, group: str) -> dict[str, list[Registration]]:
        """Return the registrations of a group by name, those of the built-in plugins first."""
        for plugin in self._pending.pop(group, ()):
            self._enter(plugin, (group,))
            if plugin.error:
                self.warnings.append(f"plugin '{plugin.name}' is disabled: {plugin.error}")
        return self._registrations.setdefault(group, {})

    def _declared(self, plugin: Plugin, groups: Iterable[str]) -> Iterator[tuple[str, Registration]]:
        seen: set[tuple[str, str]] = set()
        for group in groups:
            for impl in getattr(self._manager.hook, f"xharness_{group}").get_hookimpls():
                if impl.plugin_name != plugin.name:
                    continue
                for spec in impl.function() or ():
                    _check(spec, group)
                    if (group, spec.name) in seen or self._same_distribution(group, spec.name, plugin):
                        raise PluginError(f"{singular(group)} '{spec.name}' is declared twice")
                    seen.add((group, spec.name))
                    yield group, Registration(spec, plugin)

    def _same_distribution(self, group: str, name: str, plugin: Plugin) -> bool:
        rivals = self._group(group).get(name, [])
        return any(registration.plugin.distribution == plugin.distribution for registration in rivals)

    def _warn(self) -> None:
        for plugin in self.plugins:
            if plugin.error:
                self.warnings.append(f"plugin '{plugin.name}' is disabled: {plugin.error}")
        for group, names in sorted(self._registrations.items()):
            for name, registrations in sorted(names.items()):
                if len(registrations) > 1:
                    who = " and ".join(registration.qualified for registration in registrations)
                    keeps = next((e.plugin.distribution for e in registrations if e.plugin.built_in), None)
                    rule = f"'{name}' is the built-in one" if keeps else "use one of the full names"
                    self.warnings.append(f"{singular(group)} '{name}' is declared by two plugins, as {who}; {rule}")

    def names(self, group: str) -> list[str]:
        """Return the names of a group in sorted order, with full names where two third-party plugins share a name."""
        names = []
        for name, registrations in self._group(group).items():
            rivals = [registration.qualified for registration in registrations if not registration.plugin.built_in]
            if len(registrations) == 1:
                names.append(name)
            elif len(rivals) == len(registrations):
                names.extend(rivals)
            else:
                names.extend([name, *rivals])
        return sorted(names)

    def registration(self, group: str, name: str) -> Registration:
        """Return the registration of a name or `distribution:name`; BadRequest with the nearest names otherwise."""
        registrations = self._group(group) if group in SPECS else {}
        if ":" in name:
            distribution, _, bare = name.partition(":")
            match = [e for e in registrations.get(bare, []) if e.plugin.distribution == distribution]
        else:
            match = registrations.get(name, [])
            match = [e for e in match if e.plugin.built_in] or match
        if len(match) == 1:
            return match[0]
        if match:
            raise BadRequest(
                f"{singular(group)} '{name}' is declared by two plugins; use {' or '.join(e.qualified for e in match)}"
            )
        raise UnknownName(f"{unknown(singular(group), name, self.names(group))}{self._failures()}")

    def _failures(self) -> str:
        failed = [f"'{plugin.name}' ({plugin.error})" for plugin in self.plugins if plugin.error]
        return f"; a plugin that failed to load may have provided it: {', '.join(failed)}" if failed else ""

    @overload
    def get(self, group: Literal["kinds"], name: str) -> Kind: ...
    @overload
    def get(self, group: Literal["ways"], name: str) -> Way: ...
    @overload
    def get(self, group: Literal["tasks"], name: str) -> Task: ...
    @overload
    def get(self, group: Literal["suites"], name: str) -> Suite: ...
    @overload
    def get(self, group: Literal["models"], name: str) -> Model: ...
    @overload
    def get(self, group: Literal["recipes"], name: str) -> Recipe: ...
    @overload
    def get(self, group: Literal["noises"], name: str) -> Noise: ...
    @overload
    def get(self, group: Literal["sources"], name: str) -> Source: ...
    @overload
    def get(self, group: Literal["metrics"], name: str) -> Metric: ...
    @overload
    def get(self, group: Literal["executors"], name: str) -> Executor: ...
    @overload
    def get(self, group: Literal["sandboxes"], name: str) -> Sandbox: ...
    @overload
    def get(self, group: Literal["formats"], name: str) -> Format: ...
    @overload
    def get(self, group: str, name: str) -> Any: ...
    def get(self, group: str, name: str) -> Any:
        """Return the spec with a name; raise BadRequest with the nearest names if there is none."""
        return self.registration(group, name).spec

    def all(self, group: str) -> list[Any]:
        """Return the specs of a group in the order of their names."""
        return [self.get(group, name) for name in self.names(group)]

    def published(self) -> list[PublishedRow]:
        """Call the plugins for their published scores and return them; a plugin that fails is disabled."""
        rows: list[PublishedRow] = []
        sources: dict[str, PublishedSource] = {}

        def add(function: Callable[[], Iterable[PublishedRow] | None]) -> None:
            added = list(function() or ())
            own = _sources(added, sources)
            rows.extend(added)
            sources.update(own)

        self._each("xharness_published", add)
        return rows

    def trainer(self, task: Task) -> Task | None:
        """Return the task that checkpoints are trained on before they are evaluated on a task; None for no training."""
        return self.get("tasks", task.training.task) if task.training and task.training.task else None

    def prompts(self, task: str) -> list[Prompt]:
        """Return the prompts of a task, those of the built-in plugins first; read when they are asked for first."""
        if self._prompts is None:
            from xharness.specs.prompts import Prompt

            found: list[Prompt] = []

            def add(function: Callable[[], Iterable[Prompt] | None]) -> None:
                own = list(function() or ())
                for prompt in own:
                    _check_spec(prompt, Prompt, "prompts")
                found.extend(own)

            self._each("xharness_prompts", add)
            self._prompts = {}
            for prompt in found:
                self._prompts.setdefault(prompt.task, []).append(prompt)
        return self._prompts.get(task, [])

    def compare(self, a: Path, b: Path) -> Mapping[str, Any]:
        """Return the comparison of two runs by the first plugin that compares runs; BadRequest if there is none."""
        for impl in self._manager.hook.xharness_compare.get_hookimpls():
            return cast("Mapping[str, Any]", impl.function(a, b, self))
        raise BadRequest("no plugin compares runs; load the built-in plugin xharness.leaderboard")

    def add_commands(self, subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Let the plugins add commands; a plugin that fails is disabled."""
        self._each("xharness_commands", lambda function: function(subparsers))

    def _each(self, hook: str, call: Callable[[Any], Any]) -> None:
        """Call a hook in each plugin, built-ins first; record the errors."""
        for impl in getattr(self._manager.hook, hook).get_hookimpls():
            plugin = next(p for p in self.plugins if p.name == impl.plugin_name)
            before = plugin.error
            with plugin.guarded():
                call(impl.function)
            if plugin.error and plugin.error != before:
                self.warnings.append(f"plugin '{plugin.name}' is disabled: {plugin.error}")


def _sources(rows: Sequence[Any], known: Mapping[str, PublishedSource]) -> dict[str, PublishedSource]:
    """Check the published scores of a plugin and return their sources by key."""
    from xharness.specs.published import PublishedRow

    sources: dict[str, PublishedSource] = {}
    for row in rows:
        if not isinstance(row, PublishedRow):
            raise PluginError(f"hook xharness_published yields a {type(row).__name__}, expected PublishedRow")
        if row.api != API_VERSION:
            raise PluginError(f"published scores need API version {row.api}; this xharness has {API_VERSION}")
        key = row.source.key
        if sources.setdefault(key, known.get(key, row.source)) != row.source:
            raise PluginError(f"source '{key}' of published scores is already declared with another title or url")
    return sources


def _check_hooks(manager: pluggy.PluginManager, plugin: Plugin) -> None:
    """Raise PluginError for an unknown hook, and for a function with the name of a hook but without @hookimpl."""
    known = [name for name in vars(hookspecs) if name.startswith(_PREFIX)]
    callers = manager.get_hookcallers(plugin.module) or []
    for caller in callers:
        if caller.name not in known:
            raise PluginError(f"unknown hook '{caller.name}'{suggest(caller.name, known)}")
    marked = {caller.name for caller in callers}
    for name in known:
        if name not in marked and callable(getattr(plugin.module, name, None)):
            raise PluginError(f"function {name} is not marked as a hook; decorate it with @hookimpl")
    if not marked:
        raise PluginError("it has no hook; write a function such as xharness_tasks and decorate it with @hookimpl")
    manager.check_pending()


def _check(spec: Any, group: str) -> None:
    _check_spec(spec, getattr(import_module(f"xharness.specs.{group}"), SPECS[group]), group)


def _check_spec(spec: Any, kind: Any, group: str) -> None:
    if not isinstance(spec, kind):
        raise PluginError(
            f"hook xharness_{group} yields a value of type {type(spec).__name__}, expected {kind.__name__}"
        )
    if spec.api != API_VERSION:
        raise PluginError(
            f"{singular(group)} '{spec.name}' needs API version {spec.api}; this xharness has {API_VERSION}"
        )
    if not spec.name or ":" in spec.name or "/" in spec.name or spec.name != spec.name.strip():
        raise PluginError(
            f"{singular(group)} name '{spec.name}': must not be empty or contain a colon, slash or outer space"
        )


__all__ = ["BUILT_IN", "SPECS", "Plugin", "Registration", "Registry", "singular"]
