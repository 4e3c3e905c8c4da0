"""Repositories of the Hugging Face hub, or a folder of copies of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import DataError, DataOptions, Hub, Source, Task
from xharness_plugins.sources.files import content_key, fill, listed
from xharness_plugins.sources.repository import Card, fetch, mirror, pick, quiet, read_card
from xharness_plugins.sources.rows import Row, dataset, guarded
from xharness_plugins.sources.tables import files_of, patterns_of, read_rows

if TYPE_CHECKING:
    from datasets import Dataset

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class _Wanted:
    """A split of a repository, with the fields of its names filled in, and how errors name it."""

    declared: Hub
    id: str
    config: str | None
    split: str
    where: str
    files: Sequence[str]


def fingerprint(task: Task, language: str, split: str, options: DataOptions) -> str:
    """Name a split by its repository's commit, or by the contents of the copied files that hold it.

    The commit is looked up where the task does not pin one. DataError where the repository, config or split is missing.
    """
    parts = _wanted(task, language, split)
    content = "+".join(_content(part, options) for part in parts)
    reading = "+".join(dict.fromkeys(_reading(task, part.declared) for part in parts))
    return f"hub:{content}:{task.name}:{language}:{split}:{reading}"


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Read a split.

    Labels are matched by name, never by number: a number stands for the class that the repository names with it, -1
    for a label that is not given; without names, the numbers themselves must be labels of the task. DataError as
    `fingerprint`, and where a row is not what the task needs.
    """
    parts = _wanted(task, language, split)
    with quiet():
        examples = chain.from_iterable(_examples(task, part, language, options) for part in parts)
        where = " + ".join(part.where for part in parts)
        return dataset(task, examples, where, fingerprint(task, language, split, options))


def _examples(task: Task, wanted: _Wanted, language: str, options: DataOptions) -> Iterable[Row]:
    folder, card, config, paths = _located(wanted, options)
    rows = guarded(
        lambda: read_rows(folder, card, config, wanted.split, paths), f"{wanted.where}: cannot be read by datasets"
    )
    read = wanted.declared.read
    if read is None:
        return _mapped(task, rows, _columns(task, wanted.declared), wanted.where)
    return guarded(lambda: read(rows, language), f"{wanted.where}: the reader of '{task.name}' failed")


def _content(wanted: _Wanted, options: DataOptions) -> str:
    if options.root is None:
        return f"{wanted.id}@{_commit(wanted)}:{wanted.config or ''}:{wanted.split}"
    folder, _, config, paths = _located(wanted, options)
    parts = [wanted.id, config or "", wanted.split]
    card = [path for path in [folder / "README.md"] if path.is_file()]
    return content_key(parts, [*card, *(paths or files_of(folder, None, wanted.where))])


def _wanted(task: Task, language: str, split: str) -> list[_Wanted]:
    """Return the parts that a split is made of, one after the other."""
    declared = _declared(task, language)
    parts = [part for part in (declared, *declared.also) if split in part.splits]
    if not parts:
        raise DataError(
            f"{task.name} {language} {split}: {fill(declared.id, language)} has no {split} split, only "
            f"{listed(declared.splits)}; take the official files with --source local --data DIR"
        )
    return [_part(part, language, split) for part in parts]


def _part(declared: Hub, language: str, split: str) -> _Wanted:
    id, name = fill(declared.id, language), fill(declared.splits[split], language)
    config = declared.configs.get(split, declared.config)
    config = None if config is None else fill(config, language)
    files = [fill(declared.files, language)] if declared.files else []
    return _Wanted(declared, id, config, name, f"{id} {config or ''} {name}".replace("  ", " "), files)


def _declared(task: Task, language: str) -> Hub:
    declared = task.data_for("hub")
    if not isinstance(declared, Hub):
        raise DataError(
            f"{task.name}: the task declares no hub repository; use another --source (`xharness show task {task.name}` "
            "says which)"
        )
    instead = declared.instead.get(language, declared)
    if instead is None:
        raise DataError(
            f"{task.name} {language}: no hub repository holds this language; take the official files with "
            "--source local --data DIR"
        )
    return instead


def _located(wanted: _Wanted, options: DataOptions) -> tuple[Path, Card, str | None, list[Path] | None]:
    """Return the folder of a repository, its card, the config that is meant, and the files of the split where known."""
    root = options.root
    folder = mirror(root, wanted.id) if root else fetch(wanted.id, _commit(wanted), ())
    card = read_card(folder)
    config = pick(card, wanted.config, wanted.where)
    patterns = wanted.files or patterns_of(card, config, wanted.split, wanted.where)
    if root is None:
        folder = fetch(wanted.id, _commit(wanted), patterns)
    return folder, card, config, None if patterns is None else files_of(folder, patterns, wanted.where)


def _commit(wanted: _Wanted) -> str:
    revision = wanted.declared.revision
    return revision if revision and _COMMIT.fullmatch(revision) else _newest(wanted.id, revision)


@lru_cache(maxsize=256)
def _newest(id: str, revision: str | None) -> str:
    """Return the commit that a branch or tag stands for, once in a process, so that its splits go together."""
    return fetch(id, revision, ()).name


def _columns(task: Task, declared: Hub) -> Mapping[str, str]:
    return declared.columns or task.column_map()


def _reading(task: Task, declared: Hub) -> str:
    """Name what is made of the rows, since two declarations may read one split in two ways."""
    reader = getattr(declared.read, "__qualname__", "") if declared.read else sorted(_columns(task, declared).items())
    return hashlib.sha256(f"{reader!r}{declared.files or ''}".encode()).hexdigest()[:8]


def _mapped(task: Task, rows: Iterable[Row], columns: Mapping[str, str], where: str) -> Iterator[Row]:
    if not columns:
        raise DataError(f"{where}: task '{task.name}' declares neither columns nor a reader for this repository")
    for row in rows:
        lacking = [name for name in columns.values() if name not in row]
        if lacking:
            raise DataError(f"{where}: no column {listed(lacking)}; the repository has {listed(row)}")
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
)
