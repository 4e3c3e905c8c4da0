"""The source `hub`: repositories of the Hugging Face hub, or a folder with copies of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from xharness import DataError, DataOptions, Hub, NotFetched, Source, Task
from xharness.data.lines import Row
from xharness_plugins.sources.hub_fallback import HubSplit, checked, commit, located, reached
from xharness_plugins.sources.parquet import files_of, read_rows
from xharness_plugins.sources.paths import content_key, fill, listed
from xharness_plugins.sources.repository import quiet
from xharness_plugins.sources.rows import dataset, guarded

if TYPE_CHECKING:
    from datasets import Dataset


def fingerprint(task: Task, language: str, split: str, options: DataOptions) -> str:
    """Return the fingerprint of a split: the commit of its repository, or the contents of its copied files.

    If the task does not pin a commit, the newest one is looked up. If the rows come from the converted branch or a
    mirror, the fingerprint ends with its name. Raises DataError if the repository, config or split is missing.
    """
    parts = _parts(task, language, split, options)
    content = "+".join(_content(part, options) for part in parts)
    reading = "+".join(dict.fromkeys(_reading(task, part.declared) for part in parts))
    branches = "".join(f":{branch}" for branch in dict.fromkeys(part.branch for part in parts) if branch)
    return f"hub:{content}:{task.name}:{language}:{split}:{reading}{branches}"


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Return the examples of a split.

    Labels are matched by name: an integer is replaced by its class name in the repository, -1 is a missing label. If
    the repository has no class names, the integers must be labels of the task. Raises DataError as `fingerprint` does,
    and if a row is invalid for the task.
    """
    parts = _parts(task, language, split, options)
    with quiet():
        examples = chain.from_iterable(checked(part, _examples(task, part, language, options)) for part in parts)
        where = " + ".join(part.where for part in parts)
        return dataset(task, examples, where, fingerprint(task, language, split, options))


def bring(task: Task, language: str, split: str, options: DataOptions) -> None:
    """Download the files of a split; with an offline cache, raise NotFetched if they are not there."""
    for part in _parts(task, language, split, options):
        try:
            located(part, options)
        except DataError as error:
            if options.hub.offline and options.root is None:
                raise NotFetched(f"data set {part.where}") from error
            raise


def _examples(task: Task, part: HubSplit, language: str, options: DataOptions) -> Iterable[Row]:
    folder, card, config, paths = located(part, options)
    rows = guarded(lambda: read_rows(folder, card, config, part.split, paths), f"{part.where}: datasets cannot read it")
    read = part.declared.read
    if read is None:
        return _mapped(task, rows, _columns(task, part.declared), part.where)
    return guarded(lambda: read(rows, language), f"{part.where}: the reader of '{task.name}' failed")


def _content(part: HubSplit, options: DataOptions) -> str:
    if options.root is None:
        return f"{part.id}@{commit(part, options)}:{part.config or ''}:{part.split}"
    folder, _, config, paths = located(part, options)
    parts = [part.id, config or "", part.split]
    card = [path for path in [folder / "README.md"] if path.is_file()]
    return content_key(parts, [*card, *(paths or files_of(folder, None, part.where))])


def _parts(task: Task, language: str, split: str, options: DataOptions) -> list[HubSplit]:
    """Return the parts of a split, in order."""
    declared = _declared(task, language)
    parts = [part for part in (declared, *declared.also) if split in part.splits]
    if not parts:
        raise DataError(
            f"{task.name} {language} {split}: {fill(declared.id, language)} has no split {split}, only "
            f"{listed(declared.splits)}; use the official files with --source local --data DIR"
        )
    return [reached(part, language, split, options) for part in parts]


def _declared(task: Task, language: str) -> Hub:
    declared = task.data_for("hub")
    if not isinstance(declared, Hub):
        entries = task.data if isinstance(task.data, tuple) else (task.data,)
        others = " or ".join(f"--source {entry.source}" for entry in entries) or "another --source"
        raise DataError(
            f"{task.name}: the task has no hub repository; use {others}, see `xharness show task {task.name}`"
        )
    instead = declared.instead.get(language, declared)
    if instead is None:
        raise DataError(
            f"{task.name} {language}: this language is not on the hub; use the official files with "
            "--source local --data DIR"
        )
    return instead


def _columns(task: Task, declared: Hub) -> Mapping[str, str]:
    return declared.columns or task.column_map()


def _reading(task: Task, declared: Hub) -> str:
    """Return a hash of how the rows are read, since two tasks may read the same split differently."""
    reader = getattr(declared.read, "__qualname__", "") if declared.read else sorted(_columns(task, declared).items())
    return hashlib.sha256(f"{reader!r}{declared.files or ''}".encode()).hexdigest()[:8]


def _mapped(task: Task, rows: Iterable[Row], columns: Mapping[str, str], where: str) -> Iterator[Row]:
    if not columns:
        raise DataError(f"{where}: task '{task.name}' declares neither columns nor a reader for this repository")
    for row in rows:
        missing = [name for name in columns.values() if name not in row]
        if missing:
            raise DataError(f"{where}: no column {listed(missing)}; the repository has {listed(row)}")
        yield _example({column: row[name] for column, name in columns.items()})


def _example(row: dict[str, Any]) -> Row:
    if "label" in row:
        row["label"] = _label(row["label"])
    if "tags" in row:
        tags = [_label(tag) for tag in row["tags"] or ()]
        row["tags"] = tags if any(tag is not None for tag in tags) else []
    if isinstance(row.get("answers"), Mapping):
        from xharness.data.squad import hub_questions

        return next(hub_questions([row]))
    return row


def _label(value: Any) -> str | None:
    return None if value is None or value == -1 else str(value)


HUB = Source(
    name="hub",
    summary="the Hugging Face hub, or copies of its repositories (--data DIR with DIR/OWNER/NAME/)",
    fingerprint=fingerprint,
    load=load,
    fetch=bring,
)
