"""Examples of a task, from the first source that has them on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import BadRequest, DataError
from xharness.specs.sources import Source
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Skip

if TYPE_CHECKING:
    from datasets import Dataset

_ONLINE = 3
"""Languages of a task that are downloaded."""


@dataclass(frozen=True)
class Sample:
    """The test examples of a task in one language, and the source that they came from."""

    source: Source
    language: str
    examples: Dataset

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the examples as dictionaries."""
        return list(self.examples)

    @property
    def where(self) -> str:
        """Return where the examples are from, for messages."""
        return f"{self.language} ({self.source.name})"


def source_of(task: Task, bench: Bench) -> Source:
    """Return the first source that has the first language of a task: given files, synthetic data, then others.

    A source whose data are there, but wrong, is returned too. `Skip` with the reason of each source if none has them.
    """
    found: Source = bench.once(("source", task.name), lambda: _source(task, bench))
    return found


def _source(task: Task, bench: Bench) -> Source:
    reasons = []
    candidates = _candidates(task, bench)
    for source in candidates:
        try:
            source.load(task, task.languages[0], task.test_split, bench.options(source.name))
        except DataError as error:
            if source.synthetic or (error.path and Path(error.path).exists()):
                return source
            reasons.append(f"{source.name}: {error}")
        except BadRequest as error:
            reasons.append(f"{source.name}: {error}")
        else:
            return source
    raise Skip(f"no examples on this machine ({'; '.join(reasons) or 'the task declares no data'})")


def _candidates(task: Task, bench: Bench) -> list[Source]:
    """Return the sources that a task declares, or else those of third parties, which may need no declaration."""
    declared = task.data if isinstance(task.data, tuple) else (task.data,)
    names = [entry.source for entry in declared] or [
        name
        for name in bench.registry.names("sources")
        if not bench.registry.registration("sources", name).plugin.built_in
    ]
    sources = [bench.registry.get("sources", name) for name in names]
    if bench.data:
        sources = [source for source in sources if not source.synthetic] or sources
    return sorted(sources, key=lambda source: not source.offline)


def samples(task: Task, bench: Bench) -> list[Sample]:
    """Return the test examples of the languages to check; `Skip` if no source has them here, or they are wrong."""
    try:
        return read(task, bench)
    except DataError as error:
        raise Skip("the examples cannot be read; see rows_are_valid") from error


def read(task: Task, bench: Bench) -> list[Sample]:
    """Return the test examples of all languages if that downloads nothing, else of a few; DataError if they are wrong.

    `Skip` if no source has them on this machine.
    """
    found: list[Sample] = bench.once(("samples", task.name), lambda: _samples(task, bench))
    return found


def _samples(task: Task, bench: Bench) -> list[Sample]:
    source = source_of(task, bench)
    most = bench.most or (None if source.offline else _ONLINE)
    return [Sample(source, code, load(task, source, code, task.test_split, bench)) for code in task.languages[:most]]


def load(task: Task, source: Source, language: str, split: str, bench: Bench) -> Dataset:
    """Return a split of a task."""
    return source.load(task, language, split, bench.options(source.name))


def texts_of(task: Task, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the texts of an example that a model reads, to compare examples by."""
    columns = task.kind.columns
    names: Sequence[str] = [name for name, column in columns.items() if column.noise != "never"] or list(columns)
    return tuple(tuple(row[name]) if isinstance(row[name], list) else row[name] for name in names if name in row)
