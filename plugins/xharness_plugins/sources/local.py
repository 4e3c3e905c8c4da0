"""The source `local`: files on disk, in the layouts of official archives and scripts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import BadRequest, DataError, DataOptions, Layout, Local, Source, Task
from xharness_plugins.sources.paths import content_key, fill, listed
from xharness_plugins.sources.rows import dataset, guarded

if TYPE_CHECKING:
    from datasets import Dataset


def fingerprint(task: Task, language: str, split: str, options: DataOptions) -> str:
    """Return the fingerprint of a split: the contents of its files.

    Raises BadRequest without --data, and DataError if files are missing.
    """
    layout, paths = _find(task, language, split, options)
    return f"local:{task.name}:{language}:{split}:{content_key([layout.name], paths)}"


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Return the examples of a split; raise as `fingerprint` does, and DataError with file and line if malformed."""
    layout, paths = _find(task, language, split, options)
    where = f"{task.name} {language} {split} ({listed(map(str, paths), 2)})"
    rows = guarded(lambda: layout.read(paths, language, split), f"{where}: the reader of '{layout.name}' failed")
    return dataset(task, rows, where, fingerprint(task, language, split, options))


def _find(task: Task, language: str, split: str, options: DataOptions) -> tuple[Layout, tuple[Path, ...]]:
    """Return the first layout for which all files of a split exist, and these files."""
    if options.root is None:
        raise BadRequest("source 'local' reads files on disk; give their folder with --data DIR")
    declared = task.data_for("local")
    if not isinstance(declared, Local):
        raise DataError(f"{task.name}: the task has no layout of files on disk; use another --source")
    missing: list[str] = []
    for layout in declared.layouts:
        if layout.languages and language not in layout.languages:
            continue
        patterns = [fill(pattern, language) for pattern in layout.files.get(split, ())]
        matches = [_matches(options.root, pattern) for pattern in patterns]
        if patterns and all(matches):
            return layout, tuple(path for paths in matches for path in paths)
        missing += [pattern for pattern, paths in zip(patterns, matches) if not paths][:1]
    raise _not_found(task, language, split, options.root, missing)


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


LOCAL = Source(
    name="local",
    summary="files on disk (--data DIR), in the layouts of official archives and scripts",
    fingerprint=fingerprint,
    load=load,
    offline=True,
)
