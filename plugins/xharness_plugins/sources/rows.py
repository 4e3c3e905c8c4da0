"""Convert the rows of a reader into a dataset with the columns of a kind, and validate them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from xharness import DataError, Task, XHarnessError
from xharness.data.lines import Row
from xharness.data.surrogates import described, without_surrogates

if TYPE_CHECKING:
    from datasets import Dataset, Features

_BLOCK = 10_000
_TYPES = "a value has the wrong type for its column"


def features(task: Task) -> Features:
    """Return the column types of a task's kind; they are explicit, since a column may contain only nulls."""
    from datasets import Features, List, Value

    text, number = Value("string"), Value("int64")
    types = {"text": text, "int": number, "texts": List(text), "spans": List({"text": text, "start": number})}
    return Features({name: types[column.type] for name, column in task.kind.columns.items()})


def dataset(task: Task, rows: Iterable[Row], where: str, fingerprint: str) -> Dataset:
    """Return the rows as an in-memory dataset, with lone surrogates replaced and noted in its description.

    Raises DataError with `where` and the row number for a missing value, a value of the wrong type, an unknown label,
    or different numbers of words and tags; also if there are no rows.
    """
    import pyarrow as pa
    from datasets import Dataset, DatasetInfo
    from datasets.table import InMemoryTable

    declared = features(task)
    schema = declared.arrow_schema
    checked = _checked(task, rows, where)
    batches: list[Any] = []
    changed: list[int] = []
    while block := list(islice(checked, _BLOCK)):
        batches.append(_batch(block, schema, where, len(batches) * _BLOCK, changed))
    if not batches:
        raise DataError(f"{where}: no example")
    # Without a given fingerprint, datasets would hash the whole table.
    key = hashlib.sha256(fingerprint.encode()).hexdigest()[:32]
    table = InMemoryTable(pa.Table.from_batches(batches, schema=schema))
    return Dataset(table, info=DatasetInfo(features=declared, description=described(where, changed)), fingerprint=key)


def guarded(read: Callable[[], Iterable[Row]], what: str) -> Iterator[Row]:
    """Yield the rows of a reader; raise DataError, prefixed with `what`, if the reader raises any exception."""
    try:
        yield from read()
    except XHarnessError:
        raise
    except Exception as error:  # a reader may be a third party's
        raise DataError(f"{what}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Return the type and the first line of an exception."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _checked(task: Task, rows: Iterable[Row], where: str) -> Iterator[Row]:
    required = [name for name, column in task.kind.columns.items() if not column.optional]
    listed = [name for name, column in task.kind.columns.items() if column.type == "texts"]
    labels = frozenset(getattr(task, "labels", ()))
    for number, row in enumerate(rows):
        try:
            lacking = next((name for name in required if row.get(name) is None), None)
            text = next((name for name in listed if isinstance(row.get(name), str)), None)  # Arrow takes its letters
            problem = f"no {lacking}" if lacking else f"{text} is a text, expected a list of texts" if text else None
            problem = problem or (task.kind.check and task.kind.check(row, labels))
        except (TypeError, AttributeError) as error:
            problem = f"{_TYPES} ({reason(error)})"
        if problem:
            raise _at(where, number, problem)
        yield row


def _batch(block: list[Row], schema: Any, where: str, offset: int, changed: list[int]) -> Any:
    import pyarrow as pa

    try:
        return pa.RecordBatch.from_pylist(block, schema=schema)
    except UnicodeEncodeError:
        clean: list[Row] = [without_surrogates(dict(row)) for row in block]
        changed += [offset + number for number, row in enumerate(block) if dict(row) != clean[number]]
        return _batch(clean, schema, where, offset, changed)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        if len(block) > 1:
            for number, row in enumerate(block):
                _batch([row], schema, where, offset + number, [])
        raise _at(where, offset, f"{_TYPES} ({reason(error)})") from None


def _at(where: str, number: int, problem: str) -> DataError:
    return DataError(f"{where}: row {number} (from 0): {problem}")
