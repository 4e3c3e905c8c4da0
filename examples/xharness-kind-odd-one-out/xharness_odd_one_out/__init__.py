"""The kind odd-one-out, its metric, and a task of the kind."""

from dataclasses import dataclass
from pathlib import Path

from xharness import Layout, Task, hookimpl, local
from xharness.data.tables import table_reader

from xharness_odd_one_out.kind import KIND
from xharness_odd_one_out.metric import METRIC

READ = table_reader({"texts": "texts", "odd": lambda row: row["odd"]}, language="language")
FILES = {"test": ("examples.jsonl",)}
DATA = local(Layout(name="files", files=FILES, read=READ), root=Path(__file__).parent / "data")


@dataclass(frozen=True, kw_only=True)
class OddOneOut(Task):
    """A task of the kind."""

    kind = KIND


@hookimpl
def xharness_kinds():
    """Yield the kind."""
    yield KIND


@hookimpl
def xharness_metrics():
    """Yield the metric."""
    yield METRIC


@hookimpl
def xharness_tasks():
    """Yield a task."""
    yield OddOneOut(name="odd-one-out", summary=KIND.summary, languages=("en", "sw"), data=DATA)
