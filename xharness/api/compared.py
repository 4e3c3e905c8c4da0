"""The comparison of two runs in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness.api import html
from xharness.specs.noises import label

if TYPE_CHECKING:
    import pandas
    import pyarrow

_HEADER = ("task", "language", "noise", "A", "B", "A - B", "95 %", "p", "better")
_TEXTS = ("suite", "task", "language", "noise")


@dataclass(frozen=True)
class ComparedRuns:
    """The paired tests of two runs; `content` is what `xharness compare --json` prints.

    Each row of `rows` is a cell, a task (`language` is None) or a suite (`task` is None): the scores `a` and `b`, their
    `difference` A minus B with its 95 % interval `ci95`, the p-value `p` and `p_holm` after Holm's correction, `better`
    (`A`, `B` or None), and `reason` where it was not tested.
    """

    content: Mapping[str, Any] = field(repr=False)

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return the rows: for each task its languages and its average, then the suites."""
        rows: Sequence[Mapping[str, Any]] = self.content["rows"]
        return rows

    @property
    def tests(self) -> int:
        """Return the number of tests, for which the p-values are corrected."""
        return int(self.content["tests"])

    def to_arrow(self) -> pyarrow.Table:
        """Return the rows as an Arrow table; `ci95` becomes the columns `ci95_low` and `ci95_high`."""
        import pyarrow as pa

        texts = pa.string()
        numbers = ("a", "b", "difference", "ci95_low", "ci95_high", "p", "p_holm")
        fields = [*((name, texts) for name in _TEXTS), *((name, pa.float64()) for name in numbers)]
        schema = pa.schema([*fields, ("better", texts), ("reason", texts)])
        return pa.Table.from_pylist([_flat(row) for row in self.rows], schema=schema)

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas table with the columns of `to_arrow`."""
        return self.to_arrow().to_pandas()

    def __repr__(self) -> str:
        better = [row["better"] for row in self.rows]
        sides = f"{better.count('A')} better in A, {better.count('B')} better in B"
        return f"ComparedRuns({self.tests} tests: {sides})"

    def _repr_html_(self) -> str:
        """Return the rows as an HTML table, which notebooks show."""
        sides = [
            f"{side.upper()}: {self.content[side]['model']['reference']}, {self.content[side]['path']}" for side in "ab"
        ]
        rule = f"{self.tests} tests; p-values with Holm's correction; better: p < {self.content['level']}"
        lower = self.content["lower_is_better"]
        more = [f"lower is better: {', '.join(lower)}"] if lower else []
        return html.notes(sides) + html.table(_HEADER, map(_texts, self.rows), left=3) + html.notes([rule, *more])


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = row["ci95"] or (None, None)
    return {**row, "noise": _noise(row) or None, "ci95_low": low, "ci95_high": high}


def _texts(row: Mapping[str, Any]) -> list[str]:
    scores = ["" if row[side] is None else f"{row[side]:.1f}" for side in "ab"]
    head = [row["suite"] or row["task"], row["language"] or "mean", _noise(row), *scores]
    if row["difference"] is None:
        return [*head, "", "", "", f"not tested: {row['reason']}"]
    low, high = row["ci95"]
    return [
        *head,
        f"{row['difference']:+.1f}",
        f"{low:+.1f} to {high:+.1f}",
        f"{row['p_holm']:.3f}",
        row["better"] or "",
    ]


def _noise(row: Mapping[str, Any]) -> str:
    return label(row["noise"]) if row["noise"] else ""
