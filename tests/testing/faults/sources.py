"""Sources with one fault each, which have any task."""

from __future__ import annotations

import itertools

from tests.testing.faults import Fault, plugin
from xharness import DataError, Param, Source, Written

counter = itertools.count()


def value_of(column, number):
    return {"text": f"t{number}", "texts": [f"t{number}"], "int": number, "spans": []}[column.type]


def table(task, *, start=0, leave=()):
    from datasets import Dataset

    columns = {name: column for name, column in task.kind.columns.items() if name not in leave}
    rows = [{name: value_of(column, start + number) for name, column in columns.items()} for number in range(3)]
    return Dataset.from_list(rows)


def load(task, language, split, options):
    if split not in ("train", "dev", "test"):
        raise DataError(f"{task.name} {language} {split}: no such split")
    return table(task)


def fingerprint(task, language, split, options):
    if split not in ("train", "dev", "test"):
        raise DataError(f"{task.name} {language} {split}: no such split")
    return f"{task.name}:{language}:{split}"


def incomplete(task, language, split, options):
    return table(task, leave=list(task.kind.columns)[:1])


def counting(task, language, split, options):
    return table(task, start=next(counter))


def same_name(task, language, split, options):
    return "data"


def anything(task, language, split, options):
    return table(task)


def write(task, language, split, rows, root):
    return Written("nowhere", ())


def source(name, **fields):
    usual = {"summary": "any task", "fingerprint": fingerprint, "load": load, "offline": True}
    return Source(name=name, **usual | fields)


class Declared:
    """What a task declares for the source that writes."""

    source = "forgetful"


def declaring():
    from tests.testing.faults.tasks import rows, task
    from xharness import mini

    return task("written", data=(mini(rows), Declared()))


MANY = plugin(
    "sources",
    sources=[
        source("incomplete", load=incomplete),
        source("counting", load=counting),
        source("same_name", fingerprint=same_name),
        source("anything", load=anything),
        source("forgetful", write=write),
        source("shouting", params={"folder": Param(type=lambda text: text[99], help="where")}),
    ],
    tasks=[declaring()],
)


def fault(check, subject, message):
    return Fault(check=f"sources:{check}", plugin=MANY, subject=subject, message=message)


FAULTS = [
    fault("rows_have_the_columns", "incomplete", "the split has no column .*; return every column of the kind"),
    fault("loading_repeats", "counting", "rows differ between two loads; sort files, and draw with a fixed seed"),
    fault("fingerprints_name_the_content", "same_name", "two languages have the same fingerprint 'data'"),
    fault(
        "missing_data_are_refused", "anything", "`load` returns a value for the split 'no-such-split'; raise DataErr"
    ),
    fault("written_rows_are_read_back", "forgetful", "the rows read back differ from those written"),
    fault("parameters_are_sound", "shouting", "parameter folder: a wrong text raises IndexError; raise ValueError"),
]
