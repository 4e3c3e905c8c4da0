"""Files on disk, in the layouts that official archives and scripts leave."""

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
    """Name the contents of the files that hold a split; BadRequest without --data, DataError where there are none."""
    layout, paths = _find(task, language, split, options)
    return f"local:{task.name}:{language}:{split}:{content_key([layout.name], paths)}"


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Read a split; raises as `fingerprint` does, and DataError with file and line where a file is malformed."""
    layout, paths = _find(task, language, split, options)
    where = f"{task.name} {language} {split} ({listed(map(str, paths), 2)})"
    rows = guarded(lambda: layout.read(paths, language, split), f"{where}: the reader of '{layout.name}' failed")
    return dataset(task, rows, where, fingerprint(task, language, split, options))


def _find(task: Task, language: str, split: str, options: DataOptions) -> tuple[Layout, tuple[Path, ...]]:
    """Return the first layout whose files for a split are all there, and these files."""
    if options.root is None:
        raise BadRequest("source 'local' reads files on disk: name their folder with --data DIR")
    declared = task.data_for("local")
    if not isinstance(declared, Local):
        raise DataError(f"{task.name}: the task declares no files on disk; use another --source")
    missing: list[str] = []
    for layout in declared.layouts:
        if layout.languages and language not in layout.languages:
            continue
        wanted = [fill(pattern, language) for pattern in layout.files.get(split, ())]
        found = [_matches(options.root, pattern) for pattern in wanted]
        if wanted and all(found):
            return layout, tuple(path for paths in found for path in paths)
        missing += [pattern for pattern, paths in zip(wanted, found) if not paths][:1]
    raise _none(task, language, split, options.root, missing)


def _matches(root: Path, pattern: str) -> list[Path]:
    return sorted(path for path in root.glob(pattern) if path.is_file())


def _none(task: Task, language: str, split: str, root: Path, missing: Iterable[str]) -> DataError:
    where = f"{task.name} {language} {split}"
    looked = listed(missing, 4)
    if not looked:
        without = "; --param selection=last trains without one" if split == "dev" and task.kind.trained else ""
        return DataError(f"{where}: no layout of its files on disk has a split '{split}'{without}")
    instead = "or use --source hub" if task.data_for("hub") else f"as `xharness show task {task.name}` says"
    return DataError(f"{where}: no files below {root}; looked for {looked}; put one of them there, {instead}")


LOCAL = Source(
    name="local",
    summary="files on disk (--data DIR) as official archives and scripts leave them",
    fingerprint=fingerprint,
    load=load,
    offline=True,
)
