"""The source `local`: files on disk, in the layouts of official archives and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import BadRequest, DataError, DataOptions, Layout, Local, Param, Source, Task, Written
from xharness.data.jsons import read_jsonl, write_jsonl
from xharness.data.lines import Row
from xharness.data.schemes import SCHEMES, TAG_SCHEME
from xharness.data.tagged import TaggedReader
from xharness_plugins.sources.paths import content_key, fill, listed
from xharness_plugins.sources.rows import dataset, guarded

if TYPE_CHECKING:
    from datasets import Dataset


_WILDCARD = re.compile(r"[*?\[]")


def _read_rows(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    return (row for path in paths for _, row in read_jsonl(path))


ROWS = Layout(name="rows of the kind, one JSON object a line", files={}, read=_read_rows)
"""The layout of every task in which `write` writes what no official layout can hold."""


def rows_file(task: Task, language: str, split: str) -> str:
    """Return the path of a split in the layout `ROWS`."""
    return f"{task.name}/{split}-{language}.rows.jsonl"


def fingerprint(task: Task, language: str, split: str, options: DataOptions) -> str:
    """Return the fingerprint of a split: the contents of its files.

    Raises BadRequest without a folder, from --data or the task, and DataError if files are missing.
    """
    layout, paths = _find(task, language, split, options)
    scheme = options.params.get(TAG_SCHEME) if isinstance(layout.read, TaggedReader) else None
    parts = [layout.name, *([scheme] if scheme else [])]
    return ":".join(["local", task.name, language, split, content_key(parts, paths), *parts[1:]])


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Return the examples of a split; raise as `fingerprint` does, and DataError with file and line if malformed."""
    layout, paths = _find(task, language, split, options)
    where = f"{task.name} {language} {split} ({listed(map(str, paths), 2)})"
    read, scheme = layout.read, options.params.get(TAG_SCHEME)
    if scheme and isinstance(read, TaggedReader):
        read = read.converting(scheme)
    rows = guarded(lambda: read(paths, language, split), f"{where}: the reader of '{layout.name}' failed")
    return dataset(task, rows, where, fingerprint(task, language, split, options))


def _find(task: Task, language: str, split: str, options: DataOptions) -> tuple[Layout, tuple[Path, ...]]:
    """Return the first layout for which all files of a split exist, and these files."""
    declared = task.data_for("local")
    layouts, own = (declared.layouts, declared.root) if isinstance(declared, Local) else ((), None)
    root = options.root or own
    if root is None:
        raise BadRequest("source 'local' reads files on disk; give their folder with --data DIR")
    missing: list[str] = []
    for layout in layouts:
        if layout.languages and language not in layout.languages:
            continue
        patterns = [fill(pattern, language) for pattern in layout.files.get(split, ())]
        matches = [_matches(root, pattern) for pattern in patterns]
        if patterns and all(matches):
            return layout, tuple(path for paths in matches for path in paths)
        missing += [pattern for pattern, paths in zip(patterns, matches) if not paths][:1]
    rows = root / rows_file(task, language, split)
    if rows.is_file():
        return ROWS, (rows,)
    if not layouts:
        raise DataError(f"{task.name}: the task has no layout of files on disk; use another --source")
    raise _not_found(task, language, split, root, missing)


def _matches(root: Path, pattern: str) -> list[Path]:
    return sorted(path for path in root.glob(pattern) if path.is_file())


def _not_found(task: Task, language: str, split: str, root: Path, missing: Iterable[str]) -> DataError:
    where = f"{task.name} {language} {split}"
    patterns = listed(missing, 4)
    if not patterns:
        hint = "; --param selection=last trains without it" if split == "dev" and task.kind.needs_finetuning else ""
        return DataError(f"{where}: the files on disk have no split '{split}'{hint}")
    hint = "or use --source hub" if task.data_for("hub") else f"see `xharness show task {task.name}`"
    return DataError(f"{where}: no files below {root}; expected one of {patterns}; add the files, {hint}")


def write(task: Task, language: str, split: str, rows: Sequence[Row], root: Path) -> Written:
    """Write a split below a folder, in the first layout that can be written and gives the same rows again.

    Where there is none, rows are written as JSON objects with the columns of the kind. DataError if even these are
    not read again, as where other files of the split are there.
    """
    declared = task.data_for("local")
    layouts = declared.layouts if isinstance(declared, Local) else ()
    for layout in layouts:
        patterns = layout.files.get(split, ())
        one_file = len(patterns) == 1 and not _WILDCARD.search(patterns[0])
        if not layout.write or not one_file or (layout.languages and language not in layout.languages):
            continue
        path = root / fill(patterns[0], language)
        layout.write(path, rows)
        if _same(task, language, split, rows, root):
            return Written(layout.name, (path,))
        path.unlink()
    path = root / rows_file(task, language, split)
    write_jsonl(path, rows)
    if not _same(task, language, split, rows, root):
        raise DataError(
            f"{path}: the rows that were written are not those that are read from {root}; use an empty folder"
        )
    return Written(ROWS.name, (path,))


def _same(task: Task, language: str, split: str, rows: Sequence[Row], root: Path) -> bool:
    """Return whether a split is read as it was written."""
    try:
        return list(load(task, language, split, DataOptions(root=root))) == list(rows)
    except DataError:
        return False


def _scheme(text: str) -> str:
    if text.upper() not in SCHEMES:
        raise ValueError(f"must be one of {', '.join(SCHEMES)}")
    return text.upper()


LOCAL = Source(
    name="local",
    summary="files on disk (--data DIR), in the layouts of official archives and scripts",
    fingerprint=fingerprint,
    load=load,
    write=write,
    offline=True,
    params={
        TAG_SCHEME: Param(type=_scheme, help=f"scheme of entity tags to convert to IOB2: {', '.join(SCHEMES)}"),
    },
)
