"""The step that changes the texts of a split with a noise, and keeps what it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError
from xharness.noising.edits import Edit, Span
from xharness.noising.rows import Changed, Changing, RowNoiser
from xharness.plan import Job
from xharness.run.context import CHANGES, Context
from xharness.run.steps.step import Costing, Price, Step
from xharness.run.steps.training import REPORT
from xharness.specs.kinds import Example
from xharness.specs.noises import Noise
from xharness.specs.stage_params import Noising
from xharness.specs.tasks import Task
from xharness.specs.works import Emit
from xharness.store.writing import write_json

if TYPE_CHECKING:
    from datasets import Dataset

Change = tuple[int, Example, Example, Changed]


def noise(job: Job, context: Context, emit: Emit) -> None:
    """Make the changed texts of a split; those that stay as they are, are not written."""
    if context.store.has(job.kind, job.key):
        return
    examples = context.load(job.stage.data["examples"])
    write_changes(job, context, _changes(job, context, examples), Counts())


def write_changes(job: Job, context: Context, changes: Iterable[Change], counts: Counts) -> None:
    """Store what was changed in a split, and how much."""
    with context.store.creating(job.kind, job.key, context.about(job)) as folder:
        with (folder / CHANGES).open("w", encoding="utf-8") as file:
            for line in counts.counted(changes):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        write_json(folder / REPORT, counts.report())


def read_report(folder: Path) -> dict[str, Any]:
    """Return the counts of an artifact: examples, changed, edits, character_rate in percent; queries of a search."""
    report: dict[str, Any] = json.loads((folder / REPORT).read_text("utf-8"))
    return report


def _changes(job: Job, context: Context, examples: Dataset) -> Iterator[Change]:
    params = job.params(Noising)
    return changes(context.task_of(job), context.registry.get("noises", params.noise), params, examples)


def changes(task: Task, noise: Noise, params: Noising, examples: Dataset) -> Iterator[Change]:
    """Yield the number of each example, the example, the example with noise, and what was done to it."""
    if task.kind.noise is None:
        raise StageError(f"examples of kind {task.kind.name} cannot be changed by a noise")
    how = changing(task, noise, params, examples)
    for number, row in enumerate(examples):
        noiser = RowNoiser(how, number, row)
        yield number, row, task.kind.noise(row, noiser), noiser.changed


def changing(task: Task, noise: Noise, params: Noising, examples: Dataset) -> Changing:
    """Return how the texts of a split are changed."""
    return Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=params.seeded_by,
        columns=params.columns,
        severity=params.severity,
        settings=params.settings,
        seed=params.seed,
        controls=noise.controls,
        grows=noise.grows,
        texts=[name for name, column in task.kind.columns.items() if column.noise != "never"],
        tied=bool(params.policy.get("tied")),
        common_kept=bool(params.policy.get("common_kept")),
        guarded=_guard(tuple(params.policy.get("protected", ()))),
        others=_Columns(examples),
    )


def _guard(patterns: tuple[str, ...]) -> Any:
    """Return a function that finds the spans that a task protects, None if it protects none."""
    if not patterns:
        return None
    import regex

    compiled = [regex.compile(pattern) for pattern in patterns]

    def spans(text: str) -> list[Span]:
        return [match.span() for pattern in compiled for match in pattern.finditer(text)]

    return spans


class _Columns(Mapping[str, Sequence[str]]):
    """The columns of a split, each read when it is asked for first."""

    def __init__(self, examples: Dataset) -> None:
        self._names = examples.column_names
        self._read = cache(lambda name: list(examples[name]))

    def __getitem__(self, name: str) -> Sequence[str]:
        if name not in self._names:
            raise KeyError(name)
        values: list[str] = self._read(name)
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass
class Counts:
    """How much was changed; `queries` are the predictions of a search, by example, empty without a search."""

    examples: int = 0
    changed: int = 0
    edits: int = 0
    edited: int = 0
    letters: int = 0
    queries: Sequence[int] = ()

    def counted(self, changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
        """Count, and yield the lines that are kept: row, the columns that differ, and the edits by text."""
        for number, row, noisy, changed in changes:
            self.examples += 1
            self.letters += changed.letters
            columns = {name: value for name, value in noisy.items() if value != row[name]}
            if not columns:
                continue
            self.changed += 1
            for edits in changed.edits.values():
                self.edits += len(edits)
                self.edited += sum(map(_size, edits))
            yield {"row": number, "columns": columns, "edits": {name: _plain(e) for name, e in changed.edits.items()}}

    def report(self) -> dict[str, Any]:
        """Return the counts; `character_rate` is the share of edited characters of all that might be, in percent."""
        rate = 100 * self.edited / self.letters if self.letters else 0.0
        return {
            "examples": self.examples,
            "changed": self.changed,
            "edits": self.edits,
            "character_rate": rate,
            **({"queries": sum(self.queries)} if self.queries else {}),
        }


def _size(edit: Edit) -> int:
    return max(edit.end - edit.start, len(edit.after))


def _plain(edits: Sequence[Edit]) -> list[list[int | str]]:
    return [[edit.start, edit.end, edit.after] for edit in edits]


def _title(jobs: Sequence[Job]) -> str:
    params = jobs[0].params(Noising)
    return f"noise {params.noise}:{params.severity} on {', '.join(params.seeded_by)}"


def _price(job: Job, costing: Costing) -> Price:
    number = costing.examples(job)["examples"]
    tokens = number * costing.tokens(job)["examples"]
    return Price(number, 0, 0.0, 8 * tokens, False)


NOISE = Step(params=Noising, run=noise, title=_title, price=_price, inline=True)
