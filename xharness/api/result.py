"""The result of a run in Python: its scores as values, as a table, and compared with another run's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.api import html
from xharness.api.compared import ComparedRuns
from xharness.errors import few, unknown
from xharness.registry import Registry
from xharness.run.export.csv_table import COLUMNS, rows
from xharness.run.records.cell_record import finished
from xharness.run.records.results import read
from xharness.specs.noises import label

if TYPE_CHECKING:
    import pandas
    import pyarrow

_NUMBERS = {"seed": "int64", "n": "int64", "value": "float64", "ci95_low": "float64", "ci95_high": "float64"}
_MARKS = {"failed": "failed", "skipped": "skipped", "not_run": "not run"}
_NOTES, _LANGUAGES = 8, 12


@dataclass(frozen=True)
class Result:
    """The result of a run.

    `path` is the folder of the run, `content` the content of its results.json (schema: docs/publish.md). A notebook
    shows a result as a table of scores. All values are on the scale from 0 to 100 unless the metric says otherwise.
    """

    path: Path
    content: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, folder: str | Path) -> Result:
        """Read the folder of a run, or its results.json; BadRequest if it is not one or of another schema version."""
        path, content = read(str(folder))
        return cls(path, content)

    @property
    def model(self) -> str:
        """Return the reference of the model."""
        return str(self.content["run"]["model"]["reference"])

    @property
    def cells(self) -> Sequence[Mapping[str, Any]]:
        """Return the records of all cells: one for each task, language, noise and seed."""
        cells: Sequence[Mapping[str, Any]] = self.content["cells"]
        return cells

    @property
    def complete(self) -> bool:
        """Return whether every cell that can be evaluated has a score."""
        return all(map(finished, self.cells))

    @property
    def failures(self) -> dict[tuple[str, str], str]:
        """Return the reason of each cell without a score, by task and language."""
        return {
            (cell["task"], cell["language"]): cell["reason"] or "the run ended before"
            for cell in self.cells
            if not finished(cell)
        }

    def score(self, task: str, language: str | None = None) -> float | None:
        """Return the score of a task on the given texts (without noise), averaged over metrics and seeds.

        Without `language` it is the official average over all languages of the task. None if there is no such score:
        `failures` or the list `missing` of the task says why. BadRequest for an unknown task or language.
        """
        if task not in self.content["tasks"]:
            raise unknown("task", task, self.content["tasks"])
        about = self.content["tasks"][task]
        if language is None:
            value: float | None = about["value"]
            return value
        own = [cell for cell in self._clean() if cell["task"] == task]
        found = [cell for cell in own if cell["language"] == language]
        if not found:
            raise unknown("language", language, [cell["language"] for cell in own])
        means = [_mean(found, name) for name in about["metric"].split("+")]
        return None if None in means else sum(mean for mean in means if mean is not None) / len(means)

    def suite(self, name: str) -> float | None:
        """Return the score of a suite, None if it is incomplete; BadRequest if the run is not one of this suite."""
        if name not in self.content["suites"]:
            raise unknown("suite of this run", name, self.content["suites"])
        value: float | None = self.content["suites"][name]["value"]
        return value

    def to_arrow(self) -> pyarrow.Table:
        """Return the scores as an Arrow table: one row for each cell and metric, with the columns of the CSV export.

        A cell without a score has one row, with `status` and `reason` and without a metric.
        """
        import pyarrow as pa

        types = {name: getattr(pa, _NUMBERS.get(name, "string"))() for name in COLUMNS}
        lines = [row for cell in self.cells for row in rows(cell)]
        return pa.Table.from_pylist(lines, schema=pa.schema(list(types.items())))

    def to_pandas(self) -> pandas.DataFrame:
        """Return the scores as a pandas table with the rows and columns of `to_arrow`."""
        return self.to_arrow().to_pandas()

    def compare(self, other: Result | str | Path, registry: Registry | None = None) -> ComparedRuns:
        """Test the differences from another run, given by its result or folder, as `xharness compare` does.

        The tests are paired on the same examples, per task and language, with Holm's correction. This run is A, the
        other B. BadRequest if the other is not a run, and DataError if one of them has several recipes.
        """
        there = other.path if isinstance(other, Result) else Path(other)
        request = self.content["run"]["request"]
        known = registry or Registry.load(request.get("plugins", ()))
        return ComparedRuns(known.compare(self.path, there))

    def __str__(self) -> str:
        """Return one line for each task, with the scores of its first languages, and for each suite."""
        tasks = [f"{name}: {_summary(about)}{self._scores(name)}" for name, about in self.content["tasks"].items()]
        suites = [f"{name}: {_summary(about)}" for name, about in self.content["suites"].items()]
        return "\n".join([self._title(), *tasks, *suites])

    def __repr__(self) -> str:
        ok = sum(cell["status"] == "ok" for cell in self.cells)
        return f"Result({str(self.path)!r}: {self.model}, {ok} of {len(self.cells)} cells have a score)"

    def _repr_html_(self) -> str:
        """Return the scores as an HTML table, which notebooks show."""
        codes = list(dict.fromkeys(cell["language"] for cell in self.cells))
        lines = [row for task in self.content["tasks"] for row in self._rows(task, codes)]
        reasons = [f"{task}, {code}: {reason}" for (task, code), reason in self.failures.items()]
        suites = [f"{name}: {_summary(about)}" for name, about in self.content["suites"].items()]
        if len(reasons) > _NOTES:
            reasons = [*reasons[:_NOTES], f"{len(reasons) - _NOTES} further cells without a score: see failures"]
        shown = html.table(("task", "metric", "noise", "mean", *codes), lines, left=3)
        return html.paragraph(self._title()) + shown + html.notes([*suites, *reasons])

    def _title(self) -> str:
        recipe = next((cell["recipe"]["name"] for cell in self.cells), "")
        return f"{self.model}, {recipe}: {self.path}"

    def _scores(self, task: str) -> str:
        codes = list(dict.fromkeys(cell["language"] for cell in self._clean() if cell["task"] == task))
        values = {code: self.score(task, code) for code in codes}
        shown = [f"{code} {'-' if value is None else f'{value:.1f}'}" for code, value in values.items()]
        return f" ({few(shown, _LANGUAGES)})" if shown else ""

    def _clean(self) -> list[Mapping[str, Any]]:
        return [cell for cell in self.cells if not cell["noise"]]

    def _rows(self, task: str, codes: Sequence[str]) -> list[list[str]]:
        about, found = self.content["tasks"][task], [cell for cell in self.cells if cell["task"] == task]
        noises = list(dict.fromkeys(_noise(cell) for cell in found))
        lines = []
        for noise in noises:
            own = [cell for cell in found if _noise(cell) == noise]
            for metric in about["metric"].split("+"):
                mean = about["averages"].get(metric) if not noise else None
                by_code = [_shown([cell for cell in own if cell["language"] == code], metric) for code in codes]
                lines.append([task, metric, noise, "" if mean is None else f"{mean:.1f}", *by_code])
        return lines


def _noise(cell: Mapping[str, Any]) -> str:
    return label(cell["noise"]) if cell["noise"] else ""


def _mean(cells: Sequence[Mapping[str, Any]], metric: str) -> float | None:
    """Return the mean of a metric over cells, None if one of them lacks it."""
    values = [cell["metrics"].get(metric, {}).get("value") for cell in cells]
    return None if not values or None in values else float(sum(values) / len(values))


def _shown(cells: Sequence[Mapping[str, Any]], metric: str) -> str:
    mean = _mean(cells, metric)
    if mean is not None:
        return f"{mean:.1f}"
    return next((_MARKS[cell["status"]] for cell in cells if cell["status"] != "ok"), "")


def _summary(about: Mapping[str, Any]) -> str:
    """Return the score of a task or suite, or what it lacks."""
    if about["value"] is not None:
        return f"{about['value']:.1f}"
    return f"no average, missing {few(about['missing'])}" if about["missing"] else "no average"
