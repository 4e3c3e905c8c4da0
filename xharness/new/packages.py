"""The package of each type of plugin: its files, the data to copy, and the command that uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xharness.errors import BadRequest
from xharness.new.naming import Naming
from xharness.new.rendering import common_values, render
from xharness.new.tasks import Wanted, draft


@dataclass(frozen=True)
class Package:
    """The texts of a package by path, the files to copy by path, how to use it, and the choices made."""

    files: Mapping[str, str]
    copies: Mapping[str, Path]
    use: str
    choices: list[tuple[str, str, str]] = field(default_factory=list)


_USE: Mapping[str, str] = {
    "task": "xharness run MODEL --task {name}",
    "kind": "xharness run MODEL --task {name} --source local",
    "model": "xharness run {name}:DIR --task tatoeba",
    "recipe": "xharness run MODEL --task xnli --recipe {name}",
    "noise": "xharness run MODEL --task xnli --noise {name}",
    "source": "xharness run MODEL --task xnli --source {name} --data DIR",
    "metric": "xharness show metric {name}",
}
WHATS = tuple(_USE)
"""The types of plugins that packages are written for."""
_SUMMARIES: Mapping[str, str] = {
    "task": "Examples of {name} in several languages",
    "kind": "Score how alike two texts are",
    "model": "Embed a text by its letters",
    "recipe": "Fine-tune on English, then again with a lower learning rate",
    "noise": "A letter of a word is typed twice",
    "source": "JSON Lines files, one for each split and language",
    "metric": "The mean F1 of all labels",
}
_CHECKS: Callable[[str], str] = "`tests/test_{}.py` tests its own code.".format


def package_of(what: str, naming: Naming, origin: str, wanted: Wanted, summary: str) -> Package:
    """Return the package of a plugin; BadRequest if its data or its summary cannot be used."""
    summary = summary or _SUMMARIES[what].format(name=naming.name)
    if not summary.isprintable() or '"' in summary or "\\" in summary:
        raise BadRequest(f'summary {summary!r}: use one line without " and \\')
    use = _USE[what].format(name=naming.name)
    values = common_values(what, naming, summary) | {"about": _CHECKS(what)}
    if what != "task":
        return Package(render(what, values | {"use": use}), {}, use)
    task = draft(origin, wanted)
    use = task.form.use.format(name=naming.name) + (" --source local" if task.source == "local" else "")
    files = render(what, values | task.values(naming.name, summary) | {"use": use}) | task.fixture
    copies = {f"{naming.module}/{name}": path for name, path in task.copies.items()}
    return Package(files, copies, use, task.choices)
