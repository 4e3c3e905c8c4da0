"""The checks of a plugin: which objects it declares, and which checks each has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from xharness.discovery import Plugin
from xharness.errors import BadRequest
from xharness.registry import SPECS, Registry, singular
from xharness.testing.bench import Bench
from xharness.testing.checks import Check, Verdict, perform

GROUPS = (
    "plugins", "kinds", "tasks", "suites", "models", "recipes", "noises", "sources", "metrics", "executors",
    "sandboxes", "formats",
)  # fmt: skip
"""The groups of objects that have checks, in the order of a report; each is a module of `xharness.testing`."""


def all_checks() -> list[Check]:
    """Return every check, by group."""
    return [check for group in GROUPS for check in checks_of(group)]


def checks_of(group: str) -> tuple[Check, ...]:
    """Return the checks of a group; none if it has no checks."""
    if group not in GROUPS:
        return ()
    found: tuple[Check, ...] = import_module(f"xharness.testing.{group}").CHECKS
    return found


@dataclass(frozen=True)
class Case:
    """One check of one object of a plugin."""

    subject: str
    check: Check
    spec: Any
    bench: Bench

    @property
    def object(self) -> str:
        """Return the object as `task:my_task`."""
        return f"{singular(self.check.group)}:{self.subject}"

    @property
    def id(self) -> str:
        """Return `task:my_task:gold_scores_100`."""
        return f"{self.object}:{self.check.name}"

    def verdict(self) -> Verdict:
        """Do the check."""
        return perform(self.check, self.spec, self.bench)


class PluginSuite:
    """A plugin, found by the name of a module, file or distribution, and its checks."""

    def __init__(
        self,
        plugin: str | ModuleType,
        *,
        data: str | Path | None = None,
        models: Iterable[str | Path] = (),
        most: int | None = None,
    ) -> None:
        """Load a plugin with all others; BadRequest if there is none of this name.

        `most` limits the languages of a task whose examples are checked.
        """
        self.name = plugin if isinstance(plugin, str) else _importable(plugin)
        registry = Registry.load()
        if not _matching(registry, self.name):
            self.name = _package_in(self.name) or self.name
        if not _matching(registry, self.name):
            registry = Registry.load((self.name,))
        self.plugins = _matching(registry, self.name)
        self.bench = Bench(registry, Path(data) if data else None, tuple(map(str, models)), most)

    def cases(self) -> list[Case]:
        """Return the checks of the plugin itself, then those of its objects by group and name."""
        found = [
            Case(plugin.name, check, plugin, self.bench) for plugin in self.plugins for check in checks_of("plugins")
        ]
        for group in (group for group in GROUPS if group in SPECS):
            for name in self.bench.registry.names(group):
                entry = self.bench.registry.registration(group, name)
                if entry.plugin in self.plugins:
                    found += [Case(name, check, entry.spec, self.bench) for check in checks_of(group)]
        return found

    def summary(self) -> str:
        """Return what is checked in one line, with the number of objects of each group."""
        cases = self.cases()
        counts = {group: len({case.subject for case in cases if case.check.group == group}) for group in GROUPS[1:]}
        named = ", ".join(
            f"{count} {singular(group) if count == 1 else group}" for group, count in counts.items() if count
        )
        return f"plugin {self.name}: {named or 'it declares nothing that has checks'}"


def _package_in(name: str) -> str | None:
    """Return the folder of the package that a folder is, or that the project in it has."""
    folder = Path(name)
    if (folder / "config.json").is_file():
        return None
    if (folder / "__init__.py").is_file():
        return name
    if not (folder / "pyproject.toml").is_file():
        return None
    packages = [each.parent for where in (folder, folder / "src") for each in where.glob("*/__init__.py")]
    found = [package for package in packages if package.name != "tests"]
    return str(found[0]) if len(found) == 1 else None


def _importable(module: ModuleType) -> str:
    """Return what a module object is loaded by."""
    if getattr(module, "__spec__", None) is not None and not module.__name__.startswith("xharness_plugin_"):
        return module.__name__
    if getattr(module, "__file__", None):
        return str(module.__file__)
    raise BadRequest(f"plugin {module.__name__}: the module has no file; give an importable module")


def _matching(registry: Registry, name: str) -> list[Plugin]:
    """Return the loaded plugins that a name means: a module, a file, an entry point or a distribution."""
    names = {name, str(Path(name))}
    exact = [each for each in registry.plugins if names & {each.name, getattr(each.module, "__name__", None)}]
    return exact or [each for each in registry.plugins if _normal(each.distribution) == _normal(name)]


def _normal(name: str) -> str:
    return name.replace("_", "-").lower()


def is_plugin(name: str, registry: Registry) -> bool:
    """Return whether a reference means a plugin.

    That is a `.py` file, a loaded plugin, a module that can be imported, the folder of a package, or the folder of a
    project with one package. Any other name with a slash or colon, and any other folder, means a checkpoint.
    """
    import importlib.util

    if name.endswith(".py") or _matching(registry, name) or _package_in(name):
        return True
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    if Path(name).is_dir() and not (Path(name) / "__init__.py").is_file():
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
